<?php
// One code tree, many sites: the site's name is its SQLite file and the first segment of its address.
$kimhub_site = $GLOBALS['kimhub_site'] ?? getenv('KIMHUB_SITE');
$kimhub_home = getenv('KIMHUB_BASE') . '/' . $kimhub_site;

define('WP_HOME', $kimhub_home);
define('WP_SITEURL', $kimhub_home);
define('UPLOADS', 'wp-content/uploads/' . $kimhub_site);

define('DB_DIR', getenv('KIMHUB_DATABASES'));
define('DB_FILE', $kimhub_site . '.sqlite');
define('DB_NAME', 'wordpress');
define('DB_USER', '');
define('DB_PASSWORD', '');
define('DB_HOST', '');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = 'wp_';

// Application Passwords over plain http are a privilege of local sites.
define('WP_ENVIRONMENT_TYPE', 'local');
// Never phone home; cron runs when a test asks for it, not in between.
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
define('WP_DEBUG', false);
ini_set('display_errors', '0');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $kimhub_kind) {
    define($kimhub_kind . '_KEY', sha1('key ' . $kimhub_kind));
    define($kimhub_kind . '_SALT', sha1('salt ' . $kimhub_kind));
}
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
