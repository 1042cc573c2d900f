/* node tools/test.mjs unit|pages ...: runs tests with Node's own runner. Unit tests import the page's
 * TypeScript, so they are bundled first; page tests drive the built page in Chromium against the mock
 * agent. */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (p) => fileURLToPath(new URL(p, import.meta.url));
const testsIn = (folder) => readdirSync(path(folder)).filter((f) => f.endsWith('.test.mjs')).sort()
    .map((f) => path(`${folder}/${f}`));

async function unit() {
    const out = path('../../build/page-tests');
    rmSync(out, { recursive: true, force: true });
    const entryPoints = testsIn('../tests/unit');
    await build({
        entryPoints, outdir: out, outExtension: { '.js': '.mjs' }, bundle: true, platform: 'node', format: 'esm',
        jsx: 'automatic', jsxImportSource: 'preact', sourcemap: 'inline', logLevel: 'warning',
    });
    return entryPoints.map((f) => f.replace(/^.*\//, `${out}/`));
}

const files = [];
for (const kind of process.argv.slice(2)) {
    files.push(...(kind === 'unit' ? await unit() : testsIn('../../tests/e2e/pages')));
}
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], { stdio: 'inherit' });
process.exit(run.status ?? 1);
