<?php
// What tests need of a site beyond plain WordPress.

// There is no mail server.
add_filter('pre_wp_mail', '__return_true');

// The option kimhub_rest_closed does what "disable the REST API" plugins do to anonymous visitors.
add_filter('rest_authentication_errors', function ($result) {
    if (get_option('kimhub_rest_closed') && !is_user_logged_in()) {
        return new WP_Error('rest_login_required', 'REST API restricted to authenticated users.', ['status' => 401]);
    }
    return $result;
});

// -- faults that hosts and plugins cause, each switched by a row of wp_options ------------------------

function kimhub_page(int $status, string $text = 'Refused', array $headers = []): never
{
    status_header($status);
    header('Content-Type: text/html; charset=UTF-8');
    array_map('header', $headers);
    exit("<html><title>$text</title><h1>$text</h1></html>");
}

function kimhub_once(string $option): string
{
    $value = (string) get_option($option);
    delete_option($option);
    return $value;
}

// kimhub_down: a status for everything, 503 with a pause of that many seconds for larger numbers.
if ($kimhub_down = (int) get_option('kimhub_down')) {
    kimhub_page(min($kimhub_down, 503), 'Down', $kimhub_down > 503 ? ['Retry-After: ' . ($kimhub_down - 503)] : []);
}
// kimhub_strip_auth: CGI hosts that drop the Authorization header.
if (get_option('kimhub_strip_auth')) {
    unset($_SERVER['HTTP_AUTHORIZATION'], $_SERVER['PHP_AUTH_USER'], $_SERVER['PHP_AUTH_PW']);
}
// kimhub_passwords_off: Wordfence and others switch Application Passwords off.
if (get_option('kimhub_passwords_off')) {
    add_filter('wp_is_application_passwords_available', '__return_false');
}
// kimhub_no_xmlrpc: many hosts close XML-RPC.
if (get_option('kimhub_no_xmlrpc') && defined('XMLRPC_REQUEST')) {
    kimhub_page(403);
}
// kimhub_block_delete: a firewall answers DELETE; with "header" it also removes the override header.
if (get_option('kimhub_block_delete') === 'header') {
    unset($_SERVER['HTTP_X_HTTP_METHOD_OVERRIDE']);
}
if (get_option('kimhub_block_delete') && $_SERVER['REQUEST_METHOD'] === 'DELETE') {
    kimhub_page(405);
}
// kimhub_wall: "path" closes /wp-json/ alone, "firewall" REST as a whole, "cloudflare" with a challenge.
$kimhub_uri = (string) ($_SERVER['REQUEST_URI'] ?? '');
if ($kimhub_wall = get_option('kimhub_wall')) {
    if (str_contains($kimhub_uri, '/wp-json/') || ($kimhub_wall !== 'path' && isset($_GET['rest_route']))) {
        kimhub_page(403, 'Forbidden', $kimhub_wall === 'cloudflare' ? ['cf-mitigated: challenge'] : []);
    }
}
// kimhub_no_trash: EMPTY_TRASH_DAYS is 0.
if (get_option('kimhub_no_trash')) {
    add_filter('rest_post_trashable', '__return_false');
}
// kimhub_upload: a status with which the web server refuses files, or "lost" for 502 once they are stored.
if (ctype_digit((string) get_option('kimhub_upload'))) {
    if ($_SERVER['REQUEST_METHOD'] === 'POST' && str_contains(rawurldecode($kimhub_uri), 'wp/v2/media')) {
        kimhub_page((int) get_option('kimhub_upload'));
    }
}
add_action('rest_after_insert_attachment', function () {
    if (get_option('kimhub_upload') === 'lost') {
        delete_option('kimhub_upload');
        kimhub_page(502);
    }
});
// kimhub_write: what the next write of a post is answered with, once it is stored.
add_action('rest_after_insert_post', function ($post) {
    switch (kimhub_once('kimhub_write')) {
        case 'hang':
            sleep(4);
            exit;
        case '502':
            kimhub_page(502, 'Bad Gateway');
            // no break: the page ends it
        case 'cut':
            header('Content-Length: 5000');
            exit('{"id":');
        case 'page':
            kimhub_page(200, 'Welcome');
            // no break: the page ends it
        case 'other':
            wp_send_json(['id' => 1, 'slug' => 'hello-world', 'status' => 'publish', 'link' => home_url('/1')], 201);
    }
});
// kimhub_late: a host so slow that the next new post is stored only after so many seconds.
add_filter('rest_pre_insert_post', function ($post) {
    if (empty($post->ID)) {
        sleep((int) kimhub_once('kimhub_late'));
    }
    return $post;
});
// kimhub_notice: PHP's notices stand before the JSON.
add_filter('rest_pre_serve_request', function ($served) {
    if (get_option('kimhub_notice')) {
        echo "<br />\n<b>Warning</b>: Undefined variable \$x in <b>/home/x.php</b> on line <b>3</b><br />\n";
    }
    return $served;
});
// kimhub_rename: an SEO plugin that makes slugs of its own; kimhub_moderate: everything waits for review.
add_filter('rest_pre_insert_post', function ($post, $request) {
    if (get_option('kimhub_rename') && empty($post->ID)) {
        $post->post_name = 'berita-' . wp_rand();
    }
    if (get_option('kimhub_moderate') && empty($post->ID)) {
        $post->post_status = 'pending';
    }
    return $post;
}, 10, 2);
// kimhub_hide_users: security plugins remove the list of users.
if (get_option('kimhub_hide_users')) {
    add_filter('rest_endpoints', fn ($all) => array_filter($all, fn ($route) => !str_starts_with($route, '/wp/v2/users'), ARRAY_FILTER_USE_KEY));
}
// kimhub_cache: a page cache that never lets go; it holds the text that this option is set to.
if (($kimhub_cached = get_option('kimhub_cache')) && !str_contains($kimhub_uri, 'wp-json') && !isset($_GET['rest_route'])) {
    exit($kimhub_cached);
}
