/* A C++17 user of the public headers: tests/install compiles and links it against what is
 * installed. */
#include <cstdio>
#include <string_view>

#include <sotto/crypto_default.h>
#include <sotto/mls.h>

namespace
{

base_bytes bytes(std::string_view s)
{
    return {reinterpret_cast<const uint8_t *>(s.data()), s.size()};
}

/* Nothing is kept. */
base_err get(void *, base_bytes, base_buf *)
{
    return BASE_E_NOT_FOUND;
}

base_err write(void *, const mls_store_op *, size_t)
{
    return BASE_OK;
}

} // namespace

int main()
{
    mls_config config{};
    config.crypto = crypto_default();
    config.random = crypto_default_random();
    config.store = {get, write, nullptr};
    mls_ctx *ctx = nullptr;
    if (mls_ctx_new(&config, &ctx) != BASE_OK) {
        return 1;
    }
    base_buf secret{};
    base_buf known{};
    base_buf signature{};
    const mls_suite suite = MLS_SUITE_X25519_AES128GCM_SHA256_ED25519;
    base_err made = mls_signature_key_new(ctx, suite, &secret, &known);
    base_err sign =
        mls_sign(ctx, suite, base_buf_bytes(&secret), bytes("test"), bytes("content"), &signature);
    base_err good = mls_verify(ctx, suite, base_buf_bytes(&known), bytes("test"), bytes("content"),
                               base_buf_bytes(&signature));
    base_err bad = mls_verify(ctx, suite, base_buf_bytes(&known), bytes("test"), bytes("other"),
                              base_buf_bytes(&signature));
    std::printf("%s, %s\n", base_err_name(good), base_err_name(bad));
    base_buf_clear(&secret);
    base_buf_clear(&known);
    base_buf_clear(&signature);
    mls_ctx_free(ctx);
    return made == BASE_OK && sign == BASE_OK && good == BASE_OK && bad == CRYPTO_E_SIGNATURE ? 0
                                                                                              : 1;
}
