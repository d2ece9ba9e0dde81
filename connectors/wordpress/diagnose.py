"""What a refusal of WordPress means: cause and cure in one line.

A user who is known is refused with 403, an unknown one with 401 (``rest_authorization_required_code``). A
wrong Application Password has error codes of its own, but WordPress by itself does not give them: unless
some plugin asks early who is there, a wrong password and one that never arrived are the same 401. XML-RPC
takes the password in its body, so its answer tells the two apart, where it is open.
"""

from __future__ import annotations

import re
from html import escape

from hub.spec import AuthError, Blocked, FetchError, PublishError, RemoteError, Response

WRONG_PASSWORD = {"incorrect_password", "invalid_username", "invalid_email", "invalid_authcookie"}
PASSWORDS_OFF = {"application_passwords_disabled", "application_passwords_disabled_for_user"}
#: Codes of core with 401 or 403; any other was put there by a plugin that closes REST.
NOT_ALLOWED = {
    "rest_not_logged_in",
    "rest_forbidden",
    "rest_forbidden_context",
    "rest_forbidden_status",
    "rest_cannot_create",
    "rest_cannot_edit",
    "rest_cannot_edit_others",
    "rest_cannot_publish",
    "rest_cannot_delete",
    "rest_cannot_read",
    "rest_cannot_view",
    "rest_cannot_assign_term",
    "rest_user_cannot_delete_post",
}
STRIPPED = (
    "the user name and password do not reach WordPress: the web server drops the Authorization header; put "
    'SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1 at the top of the site\'s .htaccess, or ask the '
    "hosting provider to pass the header on"
)
SWITCHED_OFF = (
    "Application Passwords are switched off there: allow them in the security plugin (often Wordfence or "
    "Solid Security), and see that the site is served over https"
)
WRONG = (
    "the site does not accept this user name and Application Password: make a new one in WordPress under "
    "Users > Profile > Application Passwords and enter it here"
)
ROLE = "this user may not {what} there: give it the role Author or Editor in WordPress under Users"


def anonymous(status: int, code: str) -> bool:
    """Whether WordPress took us for nobody, although a password was sent."""
    return status == 401 and code in NOT_ALLOWED


def nobody(*, accepted: bool | None) -> AuthError:
    """Why WordPress takes us for nobody, although it knows Application Passwords.

    Args:
        accepted: whether XML-RPC accepts what REST did not; None where it does not tell.
    """
    told = f"{WRONG}; or else {STRIPPED}" if accepted is None else STRIPPED if accepted else WRONG
    hint = "" if accepted is None else "header_dropped" if accepted else "password_wrong"
    return AuthError("auth", told, permanent=True, hint=hint)


def switched_off() -> AuthError:
    return AuthError("auth", SWITCHED_OFF, permanent=True, hint="passwords_off")


def xmlrpc_question(user: str, password: str) -> bytes:
    """Which sites are this user's? The cheapest question that needs a password."""
    values = "".join(
        f"<param><value><string>{escape(each)}</string></value></param>" for each in (user, password)
    )
    name = "<methodName>wp.getUsersBlogs</methodName>"
    return f'<?xml version="1.0"?><methodCall>{name}<params>{values}</params></methodCall>'.encode()


def xmlrpc_verdict(body: bytes) -> bool | None:
    """Whether the answer to ``xmlrpc_question`` accepts the password; None where it does not tell."""
    if b"<methodResponse" not in body:
        return None
    fault = re.search(rb"<name>faultCode</name>\s*<value>\s*<(?:int|i4)>\s*(\d+)", body)
    if fault is None:
        return True if b"<fault" not in body else None
    return False if fault[1] == b"403" else None


def lacking(what: str) -> AuthError:
    return AuthError("auth", ROLE.format(what=what), permanent=True, hint="role_lacking")


def explain(response: Response, code: str, *, is_json: bool) -> RemoteError:
    """The error that a refusal stands for."""
    status = response.status
    if status in (401, 403):
        return _denied(response, code) if is_json else _walled(response)
    if status >= 500 or status == 408:
        return FetchError("http_5xx", f"the site answered {status} {code}".strip(), status=status)
    if 300 <= status < 400:
        return FetchError("moved", f"the API redirects ({status})", permanent=True, status=status)
    if status == 413:
        return FetchError("too_large", "larger than the site accepts", permanent=True, status=status)
    if status in (404, 410) and not is_json:
        detail = f"there is no WordPress REST API at this address ({status})"
        return FetchError("gone", detail, permanent=True, status=status)
    if code == "rest_no_route":
        detail = "the site has switched off this part of its REST API (404)"
        return Blocked("auth", detail, permanent=True, hint="rest_closed")
    if not is_json:
        return _noise(response)
    refused = 400 <= status < 500 and code != "rest_post_invalid_id"
    return PublishError("degraded", f"the site answered {status} {code}".strip(), permanent=refused)


def _denied(response: Response, code: str) -> RemoteError:
    if code in WRONG_PASSWORD:
        return AuthError("auth", WRONG, permanent=True, hint="password_wrong")
    if code in PASSWORDS_OFF:
        return switched_off()
    if code in NOT_ALLOWED:
        return lacking("publish" if code == "rest_cannot_publish" else "write or change posts")
    detail = (
        f"a security plugin closes the REST API ({response.status} {code}): allow signed-in users to use "
        "it, or let this hub's address through"
    )
    return Blocked("auth", detail, permanent=True, hint="rest_closed")


def _walled(response: Response) -> RemoteError:
    """401 or 403 with a page for people: it did not come from WordPress's API."""
    if is_challenge(response):
        detail = "Cloudflare wants to see a browser: make a rule that lets /wp-json/ and this hub through"
        return Blocked("http_4xx", detail, permanent=True, hint="browser_wanted")
    if "www-authenticate" in response.headers:
        detail = "the whole site is behind a password of the web server: exempt /wp-json/ from it"
        return Blocked("auth", detail, permanent=True, hint="firewall")
    detail = (
        f"a firewall in front of the site refuses the REST API ({response.status}): ask the hosting "
        "provider to let this hub through to /wp-json/"
    )
    return Blocked("http_4xx", detail, permanent=True, hint="firewall")


def is_challenge(response: Response) -> bool:
    if response.headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    page = response.body[:65536].lower()
    return b"challenge-platform" in page or b"cf-chl" in page or b"<title>just a moment" in page


def _noise(response: Response) -> RemoteError:
    """No JSON where there should be some."""
    if is_challenge(response):
        return _walled(response)
    if response.status < 300:
        detail = "a page came in place of the REST API's answer: closed by a plugin, or no WordPress here"
        return Blocked("not_a_feed", detail)
    return Blocked("http_4xx", f"refused with a page for people ({response.status})", permanent=True)
