/* A non-blocking byte stream, plain or under TLS (OpenSSL); see the header. */
#include "ws_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct ws_tls {
    SSL_CTX *ctx;
};

/* ---- settings ---- */

/* The newest OpenSSL error as text, after a sentence of ours. */
static void say(char text[static WS_TEXT_MAX], const char *what, const char *which)
{
    unsigned long code = ERR_peek_last_error();
    const char *why = code == 0 ? NULL : ERR_reason_error_string(code);
    (void)snprintf(text, WS_TEXT_MAX, "%s%s%s%s%s", what, which, why == NULL ? "" : " (",
                   why == NULL ? "" : why, why == NULL ? "" : ")");
    ERR_clear_error();
}

static base_err tls_new(const SSL_METHOD *method, ws_tls **out)
{
    ws_tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL) {
        return BASE_E_NOMEM;
    }
    tls->ctx = SSL_CTX_new(method);
    if (tls->ctx == NULL || SSL_CTX_set_min_proto_version(tls->ctx, TLS1_3_VERSION) != 1) {
        ws_tls_free(tls);
        return BASE_E_NOMEM;
    }
    (void)SSL_CTX_set_mode(tls->ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                         SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_options(tls->ctx, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                            SSL_OP_CLEANSE_PLAINTEXT);
    (void)SSL_CTX_set_num_tickets(tls->ctx, 0);
    (void)SSL_CTX_set_session_cache_mode(tls->ctx, SSL_SESS_CACHE_OFF);
    *out = tls;
    return BASE_OK;
}

/* A key file with a passphrase is refused: a daemon has nobody to ask. */
static int no_passphrase(char *buf, int size, int writing, void *user)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

base_err ws_tls_server_new(const char *cert_file, const char *key_file,
                           char text[static WS_TEXT_MAX], ws_tls **out)
{
    ws_tls *tls = NULL;
    base_err err = tls_new(TLS_server_method(), &tls);
    if (err != BASE_OK) {
        (void)snprintf(text, WS_TEXT_MAX, "out of memory");
        return err;
    }
    ERR_clear_error();
    SSL_CTX_set_default_passwd_cb(tls->ctx, no_passphrase);
    err = BASE_E_VALUE;
    if (SSL_CTX_use_certificate_chain_file(tls->ctx, cert_file) != 1) {
        say(text, "cannot use the certificate file ", cert_file);
    } else if (SSL_CTX_use_PrivateKey_file(tls->ctx, key_file, SSL_FILETYPE_PEM) != 1) {
        say(text, "cannot use the key file ", key_file);
    } else if (SSL_CTX_check_private_key(tls->ctx) != 1) {
        say(text, "the key does not belong to the certificate ", cert_file);
    } else {
        *out = tls;
        return BASE_OK;
    }
    ws_tls_free(tls);
    return err;
}

base_err ws_tls_client_new(const char *ca_file, char text[static WS_TEXT_MAX], ws_tls **out)
{
    ws_tls *tls = NULL;
    base_err err = tls_new(TLS_client_method(), &tls);
    if (err != BASE_OK) {
        (void)snprintf(text, WS_TEXT_MAX, "out of memory");
        return err;
    }
    ERR_clear_error();
    SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
    err = BASE_E_VALUE;
    if (SSL_CTX_set_default_verify_paths(tls->ctx) != 1) {
        say(text, "cannot read the system's certificates", "");
    } else if (ca_file != NULL && SSL_CTX_load_verify_file(tls->ctx, ca_file) != 1) {
        say(text, "cannot use the certificate file ", ca_file);
    } else {
        *out = tls;
        return BASE_OK;
    }
    ws_tls_free(tls);
    return err;
}

void ws_tls_free(ws_tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->ctx);
        free(tls);
    }
}

/* ---- one stream ---- */

void ws_stream_open(ws_stream *s, int fd)
{
    *s = (ws_stream){.fd = fd, .ssl = NULL, .shaken = true};
}

static base_err put_tls(ws_stream *s, const ws_tls *tls)
{
    ERR_clear_error();
    s->ssl = SSL_new(tls->ctx);
    if (s->ssl == NULL || SSL_set_fd(s->ssl, s->fd) != 1) {
        SSL_free(s->ssl);
        s->ssl = NULL;
        return BASE_E_NOMEM;
    }
    s->shaken = false;
    return BASE_OK;
}

base_err ws_stream_accept_tls(ws_stream *s, const ws_tls *tls)
{
    base_err err = put_tls(s, tls);
    if (err == BASE_OK) {
        SSL_set_accept_state(s->ssl);
    }
    return err;
}

static bool is_address(const char *host)
{
    uint8_t raw[16];
    return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

base_err ws_stream_connect_tls(ws_stream *s, const ws_tls *tls, const char *host)
{
    base_err err = put_tls(s, tls);
    if (err != BASE_OK) {
        return err;
    }
    X509_VERIFY_PARAM *param = SSL_get0_param(s->ssl);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    bool ok = is_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1
                               : X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
                                     SSL_set_tlsext_host_name(s->ssl, host) == 1;
    if (!ok) {
        return BASE_E_VALUE;
    }
    SSL_set_connect_state(s->ssl);
    return BASE_OK;
}

/* What an OpenSSL call that returned r came to. */
static ws_io judge_tls(ws_stream *s, int r)
{
    switch (SSL_get_error(s->ssl, r)) {
    case SSL_ERROR_NONE:
        return WS_IO_DONE;
    case SSL_ERROR_WANT_READ:
        return WS_IO_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return WS_IO_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return WS_IO_END;
    default:
        s->broken = true;
        return WS_IO_FAIL;
    }
}

ws_io ws_stream_shake(ws_stream *s, char text[static WS_TEXT_MAX])
{
    if (s->shaken) {
        return WS_IO_DONE;
    }
    ERR_clear_error();
    ws_io io = judge_tls(s, SSL_do_handshake(s->ssl));
    if (io == WS_IO_DONE) {
        s->shaken = true;
    } else if (io == WS_IO_END || io == WS_IO_FAIL) {
        long verdict = SSL_get_verify_result(s->ssl);
        if (verdict != X509_V_OK) {
            (void)snprintf(text, WS_TEXT_MAX, "the certificate is not trusted: %s",
                           X509_verify_cert_error_string(verdict));
        } else {
            say(text, "the TLS handshake failed", "");
        }
        io = WS_IO_FAIL;
    }
    ERR_clear_error();
    return io;
}

/* What a failed recv or send came to. */
static ws_io judge_errno(ws_io again)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return again;
    }
    return errno == ECONNRESET || errno == EPIPE ? WS_IO_END : WS_IO_FAIL;
}

ws_io ws_stream_read(ws_stream *s, uint8_t *p, size_t cap, size_t *n)
{
    if (s->ssl == NULL) {
        ssize_t r = recv(s->fd, p, cap, 0);
        if (r > 0) {
            *n = (size_t)r;
            return WS_IO_DONE;
        }
        return r == 0 ? WS_IO_END : judge_errno(WS_IO_WANT_READ);
    }
    ERR_clear_error();
    int r = SSL_read(s->ssl, p, cap > INT_MAX ? INT_MAX : (int)cap);
    if (r > 0) {
        *n = (size_t)r;
        return WS_IO_DONE;
    }
    return judge_tls(s, r);
}

ws_io ws_stream_write(ws_stream *s, base_bytes b, size_t *n)
{
    if (s->ssl == NULL) {
        ssize_t r = send(s->fd, b.p, b.n, MSG_NOSIGNAL);
        if (r >= 0) {
            *n = (size_t)r;
            return WS_IO_DONE;
        }
        return judge_errno(WS_IO_WANT_WRITE);
    }
    ERR_clear_error();
    int r = SSL_write(s->ssl, b.p, b.n > INT_MAX ? INT_MAX : (int)b.n);
    if (r > 0) {
        *n = (size_t)r;
        return WS_IO_DONE;
    }
    return judge_tls(s, r);
}

bool ws_stream_has_more(const ws_stream *s)
{
    return s->ssl != NULL && s->shaken && !s->broken && SSL_has_pending(s->ssl) == 1;
}

void ws_stream_finish(ws_stream *s)
{
    if (s->ssl != NULL && s->shaken && !s->broken) {
        ERR_clear_error();
        (void)SSL_shutdown(s->ssl); /* sends close_notify once; the peer's own is not awaited */
        ERR_clear_error();
    }
    s->broken = true;
    (void)shutdown(s->fd, SHUT_WR);
}

ws_io ws_stream_discard(ws_stream *s, uint8_t *p, size_t cap)
{
    ssize_t r = recv(s->fd, p, cap, 0);
    if (r > 0) {
        return WS_IO_DONE;
    }
    return r == 0 ? WS_IO_END : judge_errno(WS_IO_WANT_READ);
}

void ws_stream_close(ws_stream *s)
{
    SSL_free(s->ssl);
    s->ssl = NULL;
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    s->fd = -1;
}
