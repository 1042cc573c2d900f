/* The curves of suites 2 and 4 to 7: published answers for each, and every refusal: scalars out of
 * range, points off the curve, in another form, not reduced or of small order, and signatures that
 * are another encoding of themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/crypto_openssl.h"
#include "support/crypto_rig.h"

#define N(list) (sizeof(list) / sizeof(list)[0])

static int start_library(void **state)
{
    (void)state;
    return crypto_openssl() != NULL ? 0 : -1;
}

/* ---- the NIST curves ---- */

/* Numbers are of one coordinate's size. A shared secret: RFC 5903, section 8, what the initiator
 * computes. A signature of "sample": RFC 6979, appendix A.2. */
typedef struct nist {
    const crypto_dh_alg *dh;
    const crypto_sig_alg *sig;
    const char *order;
    const char *prime;
    const char *y0; /* of the point (0, y) */
    const char *i;
    const char *gi; /* x, then y */
    const char *gr;
    const char *shared;
    const char *signer;
    const char *r;
    const char *s;
} nist;

static const nist curves[] = {
    {&crypto_openssl_p256, &crypto_openssl_p256_sha256,
     "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
     "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
     "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4",
     "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
     "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
     "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
     "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
     "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
     "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
     "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
     "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
     "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
    {&crypto_openssl_p384, &crypto_openssl_p384_sha384,
     "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
     "581a0db248b0a77aecec196accc52973",
     "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
     "ffffffff0000000000000000ffffffff",
     "c306610fb0ae5a159cf45c06069f22a6c5eb3641c602d42dea2c4b4f75550793"
     "406d80d2b91ad54f9048bd487af1ade1",
     "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655"
     "e35b538041e649ee3faef896783ab194",
     "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6"
     "de3ac808acb4bdb4c88732aee95f41aa"
     "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38e"
     "eb9fcff3c2c947dae69b4c634573a81c",
     "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d"
     "0d1ac43a0336def96fda41d0774a3571"
     "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1ff"
     "f83fa40142209dff5eaad96db9e6386c",
     "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
     "d603135569b9e9d09cf5d4a270f59746",
     "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8"
     "96d5724e4c70a825f872c9ea60d2edf5",
     "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
     "81a648152e44acf96e36dd1e80fabe46",
     "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
     "a329c145786e679e7b82c71a38628ac8"},
    {&crypto_openssl_p521, &crypto_openssl_p521_sha512,
     "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
     "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "012df13601594a883ef2d935e44bb90bf4d6619b74e52af7552f97769011c0719e"
     "b439cfab2a88d40fe59a2bed1f43557169a2d0a2ccd280c607b92bbf51ffe0b078",
     "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095"
     "aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d4a52",
     "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1"
     "e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176ced3e"
     "017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8"
     "a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582",
     "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b"
     "97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9460f"
     "015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b8722"
     "0b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a",
     "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1"
     "427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddea",
     "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75ca"
     "a896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
     "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f17"
     "4e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa",
     "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af28"
     "2623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a"},
};

/* An uncompressed point of two coordinates. */
static base_bytes point(base_bytes x, base_bytes y)
{
    static uint8_t b[133];
    b[0] = 0x04;
    memcpy(b + 1, x.p, x.n);
    memcpy(b + 1 + x.n, y.p, y.n);
    return base_bytes_of(b, 1 + x.n + y.n);
}

static base_bytes point_of(const char *both)
{
    base_bytes b = unhex(both);
    return point(base_bytes_of(b.p, b.n / 2), base_bytes_of(b.p + b.n / 2, b.n / 2));
}

/* A number of the curve's size with its last byte changed by so much; no carry. */
static base_bytes plus(const char *number, int d)
{
    static uint8_t b[66];
    base_bytes n = unhex(number);
    memcpy(b, n.p, n.n);
    b[n.n - 1] = (uint8_t)(b[n.n - 1] + d);
    return base_bytes_of(b, n.n);
}

static void nist_curves_give_the_published_answers(void **state)
{
    (void)state;
    for (size_t k = 0; k < N(curves); k++) {
        const nist *c = &curves[k];
        uint8_t pub[133];
        uint8_t secret[66];
        assert_int_equal(c->dh->public_key(unhex(c->i), pub), BASE_OK);
        assert_bytes(base_bytes_of(pub, c->dh->public_size), point_of(c->gi));
        assert_int_equal(c->dh->shared(unhex(c->i), point_of(c->gr), secret), BASE_OK);
        assert_bytes(base_bytes_of(secret, c->dh->secret_size), unhex(c->shared));
    }
}

static void scalars_out_of_range_are_refused(void **state)
{
    (void)state;
    static const uint8_t none[66] = {0};
    uint8_t all[66];
    memset(all, 0xff, sizeof all);
    for (size_t k = 0; k < N(curves); k++) {
        const nist *c = &curves[k];
        size_t n = c->dh->private_size;
        uint8_t base_point[133];
        uint8_t pub[133];
        uint8_t priv[66];
        uint8_t secret[66];
        uint8_t sig[139];
        size_t size = 1;
        uint8_t one[66] = {0};
        one[n - 1] = 1;
        assert_int_equal(c->dh->public_key(base_bytes_of(one, n), base_point), BASE_OK);
        assert_int_equal(c->dh->public_key(plus(c->order, -1), pub), BASE_OK);
        assert_memory_equal(pub + 1, base_point + 1, n); /* the base point's negative */
        const base_bytes bad[] = {base_bytes_of(none, n), unhex(c->order), base_bytes_of(all, n)};
        for (size_t i = 0; i < N(bad); i++) {
            memset(pub, 0xee, sizeof pub);
            assert_int_equal(c->dh->public_key(bad[i], pub), CRYPTO_E_KEY);
            assert_true(base_ct_is_zero(base_bytes_of(pub, c->dh->public_size)));
            assert_int_equal(
                c->dh->shared(bad[i], base_bytes_of(base_point, c->dh->public_size), secret),
                CRYPTO_E_KEY);
            assert_int_equal(c->sig->key_pair(bad[i], priv, pub), CRYPTO_E_KEY);
            assert_int_equal(c->sig->sign(bad[i], base_bytes_str("m"), sig, &size), CRYPTO_E_KEY);
            assert_int_equal(size, 0);
        }
    }
}

/* Check, multiplication and verification say the same of a key that is none. */
static void assert_no_point(const nist *c, base_bytes key)
{
    uint8_t secret[66];
    memset(secret, 0xee, sizeof secret);
    assert_int_equal(c->dh->check(key), CRYPTO_E_KEY);
    assert_int_equal(c->dh->shared(unhex(c->i), key, secret), CRYPTO_E_KEY);
    assert_true(base_ct_is_zero(base_bytes_of(secret, c->dh->secret_size)));
    assert_int_equal(c->sig->verify(key, base_bytes_str("m"), base_bytes_str("0")), CRYPTO_E_KEY);
}

static void points_off_the_curve_or_in_another_form_are_refused(void **state)
{
    (void)state;
    static const uint8_t infinity[133] = {0};
    for (size_t k = 0; k < N(curves); k++) {
        const nist *c = &curves[k];
        size_t n = c->dh->public_size;
        uint8_t bad[134] = {0};
        base_bytes good = point_of(c->gr);
        assert_int_equal(c->dh->check(good), BASE_OK);
        memcpy(bad, good.p, n);
        for (size_t i = 1; i < n; i += 1 + n / 7) {
            bad[i] ^= 1;
            assert_no_point(c, base_bytes_of(bad, n));
            bad[i] ^= 1;
        }
        bad[0] = (uint8_t)(0x06 | (bad[n - 1] & 1)); /* the hybrid form */
        assert_no_point(c, base_bytes_of(bad, n));
        bad[0] = (uint8_t)(0x02 | (bad[n - 1] & 1)); /* the compressed form */
        assert_no_point(c, base_bytes_of(bad, 1 + n / 2));
        assert_no_point(c, base_bytes_of(bad, n));
        bad[0] = 0x04;
        assert_int_equal(c->dh->check(base_bytes_of(bad, n)), BASE_OK);
        assert_no_point(c, base_bytes_of(bad, n - 1));
        assert_no_point(c, base_bytes_of(bad, n + 1));
        assert_no_point(c, base_bytes_of(infinity, 1));
        assert_no_point(c, base_bytes_of(infinity, n));
        assert_no_point(c, BASE_BYTES_NONE);
        memset(bad + 1, 0, n - 1); /* (0, 0) is on none of them */
        assert_no_point(c, base_bytes_of(bad, n));
    }
}

static void coordinates_that_are_not_reduced_are_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[66] = {0};
    for (size_t k = 0; k < N(curves); k++) {
        const nist *c = &curves[k];
        base_bytes zero = base_bytes_of(zeros, c->dh->secret_size);
        assert_int_equal(c->dh->check(point(zero, unhex(c->y0))), BASE_OK);
        assert_no_point(c, point(unhex(c->prime), unhex(c->y0))); /* 0 once more */
    }
}

/* ---- ECDSA ---- */

/* A DER integer, big-endian bytes, with so many zeros in front as are asked for. */
static size_t put_integer(uint8_t *out, base_bytes number, size_t zeros)
{
    out[0] = 0x02;
    out[1] = (uint8_t)(zeros + number.n);
    memset(out + 2, 0, zeros);
    memcpy(out + 2 + zeros, number.p, number.n);
    return 2 + zeros + number.n;
}

/* A number without zeros in front, and whether its first bit is set. */
static base_bytes trimmed(base_bytes b)
{
    while (b.n > 1 && b.p[0] == 0) {
        b = base_bytes_of(b.p + 1, b.n - 1);
    }
    return b;
}

static size_t sign_zero(base_bytes b)
{
    return b.p[0] >> 7;
}

/* SEQUENCE { r, s }, its length in as many bytes more as asked for. */
static base_bytes der(base_bytes r, size_t r_zeros, base_bytes s, size_t s_zeros, size_t longer)
{
    static uint8_t out[200];
    uint8_t body[160];
    size_t n = put_integer(body, r, r_zeros);
    size_t at = 0;
    n += put_integer(body + n, s, s_zeros);
    size_t bytes = (n > 127 ? 1 : 0) + longer;
    out[at++] = 0x30;
    if (bytes > 0) {
        out[at++] = (uint8_t)(0x80 | bytes);
        memset(out + at, 0, bytes - 1);
        at += bytes - 1;
    }
    out[at++] = (uint8_t)n;
    memcpy(out + at, body, n);
    return base_bytes_of(out, at + n);
}

static base_err verify_sample(const nist *c, base_bytes signature)
{
    uint8_t priv[66];
    uint8_t pub[133];
    assert_int_equal(c->sig->key_pair(unhex(c->signer), priv, pub), BASE_OK);
    return c->sig->verify(base_bytes_of(pub, c->sig->public_size), base_bytes_str("sample"),
                          signature);
}

static void ecdsa_accepts_the_published_signatures(void **state)
{
    (void)state;
    for (size_t k = 0; k < N(curves); k++) {
        base_bytes r = trimmed(unhex(curves[k].r));
        base_bytes s = trimmed(unhex(curves[k].s));
        assert_int_equal(verify_sample(&curves[k], der(r, sign_zero(r), s, sign_zero(s), 0)),
                         BASE_OK);
        assert_int_equal(verify_sample(&curves[k], der(s, sign_zero(s), r, sign_zero(r), 0)),
                         CRYPTO_E_SIGNATURE);
    }
}

static void ecdsa_refuses_another_encoding_of_a_good_signature(void **state)
{
    (void)state;
    for (size_t k = 0; k < N(curves); k++) {
        const nist *c = &curves[k];
        base_bytes r = trimmed(unhex(c->r));
        base_bytes s = trimmed(unhex(c->s));
        size_t zr = sign_zero(r);
        size_t zs = sign_zero(s);
        uint8_t more[201] = {0};
        assert_int_equal(verify_sample(c, der(r, zr + 1, s, zs, 0)), CRYPTO_E_SIGNATURE);
        assert_int_equal(verify_sample(c, der(r, zr, s, zs + 1, 0)), CRYPTO_E_SIGNATURE);
        assert_int_equal(verify_sample(c, der(r, zr, s, zs, 1)), CRYPTO_E_SIGNATURE);
        if (zr > 0) { /* negative, without its zero */
            assert_int_equal(verify_sample(c, der(r, 0, s, zs, 0)), CRYPTO_E_SIGNATURE);
        }
        base_bytes good = der(r, zr, s, zs, 0);
        memcpy(more, good.p, good.n); /* a byte behind, and one short */
        assert_int_equal(verify_sample(c, base_bytes_of(more, good.n + 1)), CRYPTO_E_SIGNATURE);
        assert_int_equal(verify_sample(c, base_bytes_of(more, good.n - 1)), CRYPTO_E_SIGNATURE);
        memcpy(more, r.p, r.n); /* r and s bare */
        memcpy(more + r.n, s.p, s.n);
        assert_int_equal(verify_sample(c, base_bytes_of(more, r.n + s.n)), CRYPTO_E_SIGNATURE);
        assert_int_equal(verify_sample(c, BASE_BYTES_NONE), CRYPTO_E_SIGNATURE);
    }
}

static void ecdsa_refuses_numbers_out_of_range(void **state)
{
    (void)state;
    static const uint8_t zero[1] = {0};
    base_bytes none = base_bytes_of(zero, 1);
    for (size_t k = 0; k < N(curves); k++) {
        const nist *c = &curves[k];
        base_bytes r = trimmed(unhex(c->r));
        base_bytes s = trimmed(unhex(c->s));
        base_bytes n = unhex(c->order);
        assert_int_equal(verify_sample(c, der(none, 0, s, sign_zero(s), 0)), CRYPTO_E_SIGNATURE);
        assert_int_equal(verify_sample(c, der(r, sign_zero(r), none, 0, 0)), CRYPTO_E_SIGNATURE);
        assert_int_equal(verify_sample(c, der(n, sign_zero(n), s, sign_zero(s), 0)),
                         CRYPTO_E_SIGNATURE);
        assert_int_equal(verify_sample(c, der(r, sign_zero(r), n, sign_zero(n), 0)),
                         CRYPTO_E_SIGNATURE);
    }
}

/* ---- X448 ---- */

/* RFC 7748, section 5.2. */
static void x448_gives_the_published_answers(void **state)
{
    (void)state;
    uint8_t out[56];
    assert_int_equal(crypto_openssl_x448.shared(
                         unhex("3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121"
                               "700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3"),
                         unhex("06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9"
                               "814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086"),
                         out),
                     BASE_OK);
    assert_bytes(base_bytes_of(out, 56),
                 unhex("ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239f"
                       "e14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f"));
    uint8_t k[56] = {5};
    uint8_t u[56] = {5};
    for (int turn = 0; turn < 1000; turn++) {
        assert_int_equal(
            crypto_openssl_x448.shared(base_bytes_of(k, 56), base_bytes_of(u, 56), out), BASE_OK);
        memcpy(u, k, 56);
        memcpy(k, out, 56);
    }
    assert_bytes(base_bytes_of(k, 56),
                 unhex("aa3b4749d55b9daf1e5b00288826c467274ce3ebbdd5c17b975e09d4"
                       "af6c67cf10d087202db88286e2b79fceea3ec353ef54faa26e219f38"));
}

/* 0, 1, and the modulus less 1, itself and plus 1. */
static const char *const small_order[] = {
    "00000000000000000000000000000000000000000000000000000000"
    "00000000000000000000000000000000000000000000000000000000",
    "01000000000000000000000000000000000000000000000000000000"
    "00000000000000000000000000000000000000000000000000000000",
    "feffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "feffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "feffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "00000000000000000000000000000000000000000000000000000000"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

/* Check and multiplication say the same of a key; what they say. */
static base_err x448_agreed(const uint8_t key[56])
{
    static const uint8_t scalar[56] = {0x77, 1, 2, 3};
    uint8_t secret[56];
    base_err used =
        crypto_openssl_x448.shared(base_bytes_of(scalar, 56), base_bytes_of(key, 56), secret);
    assert_true(used == BASE_OK || base_ct_is_zero(base_bytes_of(secret, 56)));
    assert_int_equal(crypto_openssl_x448.check(base_bytes_of(key, 56)), used);
    return used;
}

static void x448_refuses_points_of_small_order_and_no_others(void **state)
{
    (void)state;
    size_t accepted = 0;
    for (size_t i = 0; i < N(small_order); i++) {
        uint8_t key[56];
        memcpy(key, unhex(small_order[i]).p, sizeof key);
        assert_int_equal(x448_agreed(key), CRYPTO_E_KEY);
        for (size_t bit = 0; bit < 448; bit += 3) {
            key[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            accepted += x448_agreed(key) == BASE_OK;
            key[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        }
    }
    assert_true(accepted > 5 * 145);
    for (unsigned low = 2; low < 32; low++) { /* not reduced, but of no small order */
        uint8_t key[56];
        memcpy(key, unhex(small_order[4]).p, sizeof key);
        key[0] = (uint8_t)low;
        assert_int_equal(x448_agreed(key), BASE_OK);
    }
}

/* ---- Ed448 ---- */

static const char ed448_pub[] = "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c"
                                "6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480";
static const char ed448_signature[] = "26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd008"
                                      "7810f4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd779"
                                      "805e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7"
                                      "e0a6472905e799f1953d2a0ff3348ab21aa4adafd1d234441cf807c0"
                                      "3a00";

/* RFC 8032, section 7.4: blank, and 1 octet. */
static void ed448_gives_the_published_answers(void **state)
{
    (void)state;
    static const char *const cases[2][4] = {
        {"6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960e"
         "f6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
         "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d"
         "80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
         "",
         "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823"
         "d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd39"
         "80ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db9"
         "9ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e65"
         "2600"},
        {"c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00ac"
         "da2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
         ed448_pub, "03", ed448_signature},
    };
    for (size_t k = 0; k < 2; k++) {
        uint8_t priv[57];
        uint8_t pub[57];
        uint8_t sig[114];
        size_t n = 0;
        base_bytes seed = unhex(cases[k][0]);
        base_bytes message = unhex(cases[k][2]);
        assert_int_equal(crypto_openssl_ed448.key_pair(seed, priv, pub), BASE_OK);
        assert_bytes(base_bytes_of(pub, 57), unhex(cases[k][1]));
        assert_bytes(base_bytes_of(priv, 57), seed);
        assert_int_equal(crypto_openssl_ed448.sign(base_bytes_of(priv, 57), message, sig, &n),
                         BASE_OK);
        assert_bytes(base_bytes_of(sig, n), unhex(cases[k][3]));
        assert_int_equal(
            crypto_openssl_ed448.verify(base_bytes_of(pub, 57), message, base_bytes_of(sig, n)),
            BASE_OK);
    }
}

/* The order of the base point added to the second half: the same number, were it reduced. */
static void ed448_refuses_a_signature_that_is_not_reduced(void **state)
{
    (void)state;
    base_bytes order = unhex("f34458ab92c27823558fc58d72c26c219036d6ae49db4ec4e923ca7c"
                             "ffffffffffffffffffffffffffffffffffffffffffffffffffffff3f00");
    uint8_t sig[114];
    unsigned carry = 0;
    memcpy(sig, unhex(ed448_signature).p, sizeof sig);
    for (size_t i = 0; i < 57; i++) {
        carry += (unsigned)sig[57 + i] + order.p[i];
        sig[57 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_int_equal(
        crypto_openssl_ed448.verify(unhex(ed448_pub), unhex("03"), base_bytes_of(sig, sizeof sig)),
        CRYPTO_E_SIGNATURE);
}

/* Under a key that is the identity, R = identity and S = 0 would be a signature of everything. */
static void ed448_refuses_keys_of_small_order(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "01000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000",
        "feffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        "feffffffffffffffffffffffffffffffffffffffffffffffffffffff00",
        "00000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000",
        "00000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000080",
    };
    static const char *const odd[] = {
        /* the identity, not reduced; with the sign of a zero */
        "00000000000000000000000000000000000000000000000000000000"
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff00",
        "01000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000080",
    };
    uint8_t sig[114] = {1};
    base_bytes forged = base_bytes_of(sig, sizeof sig);
    for (size_t i = 0; i < N(keys); i++) {
        assert_int_equal(crypto_openssl_ed448.verify(unhex(keys[i]), base_bytes_str("m"), forged),
                         CRYPTO_E_KEY);
    }
    for (size_t i = 0; i < N(odd); i++) {
        assert_int_not_equal(
            crypto_openssl_ed448.verify(unhex(odd[i]), base_bytes_str("m"), forged), BASE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nist_curves_give_the_published_answers),
        cmocka_unit_test(scalars_out_of_range_are_refused),
        cmocka_unit_test(points_off_the_curve_or_in_another_form_are_refused),
        cmocka_unit_test(coordinates_that_are_not_reduced_are_refused),
        cmocka_unit_test(ecdsa_accepts_the_published_signatures),
        cmocka_unit_test(ecdsa_refuses_another_encoding_of_a_good_signature),
        cmocka_unit_test(ecdsa_refuses_numbers_out_of_range),
        cmocka_unit_test(x448_gives_the_published_answers),
        cmocka_unit_test(x448_refuses_points_of_small_order_and_no_others),
        cmocka_unit_test(ed448_gives_the_published_answers),
        cmocka_unit_test(ed448_refuses_a_signature_that_is_not_reduced),
        cmocka_unit_test(ed448_refuses_keys_of_small_order),
    };
    return cmocka_run_group_tests(tests, start_library, NULL);
}
