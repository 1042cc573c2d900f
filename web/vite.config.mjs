/* Builds the page into web/dist: one script, one style sheet, one icon, and nothing inline, so that
 * the policy below can forbid everything else. The agent sends the same policy as a header. */
import { defineConfig } from 'vite';

const POLICY = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
    "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
    "require-trusted-types-for 'script'", "trusted-types 'none'",
].join('; ');

const policy = {
    name: 'content-security-policy',
    transformIndexHtml: () => [{
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
        injectTo: 'head-prepend',
    }],
};

export default defineConfig({
    plugins: [policy],
    esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
    build: {
        target: ['chrome123', 'firefox128', 'safari17.5'],
        assetsInlineLimit: 0,
        cssCodeSplit: false,
        modulePreload: false,
        reportCompressedSize: false,
    },
});
