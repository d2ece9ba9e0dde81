<?php
// Front controller for PHP's own server: /<site>/... is one WordPress each, with pretty permalinks.
$path = rawurldecode((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (!preg_match('~^/([a-z0-9-]+)(/.*)?$~', $path, $parts) || str_contains($path, '..')
    || !is_file(getenv('KIMHUB_DATABASES') . "/{$parts[1]}.sqlite")) {
    http_response_code(404);
    echo 'no such site';
    return true;
}
if (!isset($parts[2])) {
    header("Location: {$parts[0]}/", true, 301);
    return true;
}
[, $site, $inner] = $parts;
$GLOBALS['kimhub_site'] = $site;
$file = $_SERVER['DOCUMENT_ROOT'] . $inner;
if (is_file($file) && !str_ends_with($file, '.php')) {
    header('Content-Type: ' . (str_ends_with($file, '.css') ? 'text/css' : mime_content_type($file)));
    readfile($file);
    return true;
}
if (!is_file($file)) {
    $inner = '/index.php';
    $file = $_SERVER['DOCUMENT_ROOT'] . $inner;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = "/$site$inner";
$_SERVER['SCRIPT_FILENAME'] = $file;
chdir(dirname($file));
require $file;
