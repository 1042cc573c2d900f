/* Chromium for the tests: the system's own, driven by playwright-core, which web/ installs. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const FLAGS = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--font-render-hinting=none',
];

export const chromiumPath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser']
    .find((p) => p && existsSync(p));

/** A browser with an empty profile of its own. */
export function launch() {
    if (!chromiumPath) {
        throw new Error('no Chromium: install the package chromium, or name the program in CHROMIUM');
    }
    return chromium.launch({
        executablePath: chromiumPath,
        args: FLAGS,
        env: { ...process.env, FONTCONFIG_FILE: fileURLToPath(new URL('../fonts.conf', import.meta.url)) },
    });
}

/** A page in a context of its own. `problems` collects what should never happen: script errors,
 * refusals by the content-security policy, and requests to anywhere but the agent. With `now` the page's
 * clock stands still, so that its pictures can be compared. */
export async function openPage(browser, link, { width = 1280, height = 800, dark = false, now, scale = 2 } = {}) {
    const context = await browser.newContext({
        viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: 'en-GB', deviceScaleFactor: scale,
        reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    if (now) {
        await page.clock.setFixedTime(now());
    }
    const problems = [];
    const origin = new URL(link).host;
    page.on('pageerror', (e) => problems.push(`script error: ${e.stack ?? e.message}`));
    page.on('console', (m) => {
        if (m.type() === 'error' && !/WebSocket connection|ERR_CONNECTION_REFUSED/.test(m.text())) {
            problems.push(`console: ${m.text()}`);
        }
    });
    page.on('request', (r) => {
        if (new URL(r.url()).host !== origin) {
            problems.push(`request to ${r.url()}`);
        }
    });
    await page.goto(link);
    return { page, context, problems };
}
