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
