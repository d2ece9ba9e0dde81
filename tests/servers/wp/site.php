<?php
// php site.php install|seed TITLE COUNT, for the site in the environment variable KIMHUB_SITE.
[, $task, $title, $count] = $argv;
$base = parse_url(getenv('KIMHUB_BASE'));
$_SERVER += [
    'HTTP_HOST' => "{$base['host']}:{$base['port']}",
    'SERVER_NAME' => $base['host'],
    'SERVER_PROTOCOL' => 'HTTP/1.1',
    'REQUEST_METHOD' => 'GET',
    'REQUEST_URI' => '/',
];
if ($task === 'install') {
    define('WP_INSTALLING', true);
}
require getenv('KIMHUB_ROOT') . '/wp-load.php';

function install(string $title): void
{
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    wp_install($title, 'admin', 'admin@example.test', true, '', 'admin-password');
    wp_delete_post(1, true);
    update_option('permalink_structure', '/%postname%/');
    update_option('timezone_string', 'Asia/Makassar');
    $GLOBALS['wp_rewrite']->init();
    flush_rewrite_rules(false);
    $writer = wp_insert_user([
        'user_login' => 'penulis', 'user_pass' => 'penulis-password', 'role' => 'editor',
        'user_email' => 'penulis@example.test', 'display_name' => 'Siti Rahma',
    ]);
    foreach (['Kesehatan', 'Pembangunan', 'Budaya'] as $name) {
        wp_insert_term($name, 'category');
    }
    $others = ['pewarta' => 'author', 'kontributor' => 'contributor', 'pembaca' => 'subscriber'];
    foreach ($others as $name => $role) {
        $user = wp_insert_user([
            'user_login' => $name, 'user_pass' => "$name-password", 'role' => $role,
            'user_email' => "$name@example.test", 'display_name' => ucfirst($name),
        ]);
        echo "$name ", application_password($user), "\n";
    }
    echo 'penulis ', application_password($writer), "\n";
}

function application_password(int $user): string
{
    return WP_Application_Passwords::create_new_application_password($user, ['name' => 'tests'])[0];
}

function picture(string $name): int
{
    require_once ABSPATH . 'wp-admin/includes/image.php';
    $file = wp_upload_dir()['path'] . "/$name.jpg";
    $image = imagecreatetruecolor(2000, 1250);
    imagefilledrectangle($image, 0, 0, 1999, 1249, imagecolorallocate($image, 40, 120, 90));
    imagefilledellipse($image, 1000, 600, 900, 700, imagecolorallocate($image, 240, 200, 80));
    imagejpeg($image, $file, 60);
    $id = wp_insert_attachment(['post_mime_type' => 'image/jpeg', 'post_title' => $name, 'post_status' => 'inherit'], $file);
    wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $file));
    update_post_meta($id, '_wp_attachment_image_alt', "Foto $name");
    return $id;
}

function seed(string $title, int $count): void
{
    global $wpdb;
    wp_suspend_cache_invalidation(true);
    wp_defer_term_counting(true);
    $wpdb->query('BEGIN');
    $writer = get_user_by('login', 'penulis')->ID;
    wp_set_current_user($writer);
    $topics = get_terms(['taxonomy' => 'category', 'hide_empty' => false, 'fields' => 'ids']);
    for ($i = 1; $i <= $count; $i++) {
        // Five posts share each minute, as after an import: pages must not lose any of them.
        $minute = intdiv($i - 1, 5);
        $post = wp_insert_post([
            'post_title' => "$title &#8211; warta ke-$i", 'post_name' => "warta-$i",
            'post_status' => 'publish', 'post_author' => $writer,
            'post_date' => gmdate('Y-m-d H:i:s', gmmktime(8, 0, 0, 1, 5, 2026) + 7200 * $minute),
            'post_category' => [$topics[$i % count($topics)]], 'tags_input' => ['warta', "rt " . $i % 20],
            'post_content' => "<!-- wp:paragraph -->\n<p>Warga <strong>bergotong royong</strong>, catatan ke-$i.</p>\n<!-- /wp:paragraph -->",
            'post_excerpt' => "Ringkasan ke-$i",
        ]);
        if ($i > $count - 2) {
            set_post_thumbnail($post, picture("kegiatan-$i"));
        }
    }
    $wpdb->query('COMMIT');
    wp_suspend_cache_invalidation(false);
    wp_defer_term_counting(false);
}

$task === 'install' ? install($title) : seed($title, (int) $count);
