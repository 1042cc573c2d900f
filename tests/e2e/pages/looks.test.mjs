/* How the page looks: pictures of what people see most, at two widths and in two themes, and what can
 * be measured in them: nothing overflows, no time lies over a text, and every text has the contrast that
 * WCAG AA asks for. The pictures go to build/pictures; those in docs/ come from real agents (../run.mjs). */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { scene } from './rig.mjs';

const OUT = fileURLToPath(new URL('../../../build/pictures', import.meta.url));
mkdirSync(OUT, { recursive: true });
const NOW = new Date('2026-11-24T15:40:00').getTime();

const SCENES = {
    empty: { empty: true },
    list: {},
    conversation: { go: ({ open }) => open('Ben Aalto') },
    group: {
        go: async ({ open, page, narrow }) => {
            await open('Harvest supper');
            if (!narrow) {
                await page.keyboard.press('Alt+i');
            }
        },
    },
    receipts: {
        go: async ({ open, page }) => {
            await open('Harvest supper');
            await page.click('.message-own:last-child .meta-state');
        },
    },
    safety: {
        go: async ({ open, page }) => {
            await open('Inès');
            await page.click('.verify-hint');
            await page.waitForSelector('.safety-digits');
        },
    },
    request: { go: ({ open }) => open('Dora') },
    /* What a real agent shows: nothing of a stranger's is fetched before it is wanted. */
    stranger: {
        go: async ({ agent, open, page }) => {
            agent.person('p-kaisa', 'Kaisa Lehto', { state: 'stranger' });
            agent.makeConversation('direct', '', ['me', 'p-kaisa'], { contact: 'p-kaisa', state: 'request' });
            await page.reload();
            await open('Kaisa');
            await page.waitForSelector('.request-alone');
        },
    },
    edges: {
        go: async ({ agent, open, page }) => {
            const c = agent.byTitle('Ben Aalto');
            ['.', 'نص قصير', 'w'.repeat(60), 'A line that is nearly, and only nearly, as wide as it may be in here', 'One\n\nand a last', '👍', 'مرحبا 👋']
                .forEach((text) => { agent.hear(c, 'p-ben', text); agent.put(c, 'me', text, agent.now()); });
            await open('Ben Aalto');
            await page.waitForSelector('.message-own');
        },
    },
    link: { go: ({ page }) => page.click('.me') },
    alarm: {
        go: async ({ agent, open }) => {
            agent.raise({
                code: 'dropped', conversation: agent.byTitle('Harvest supper').id, button: 'Ask Noor for it',
                sentence: 'The relay left out at least one message here, between 14:02 and 14:10. Noor’s device saw it; yours was not given it.',
            });
            await open('Harvest supper');
        },
    },
    offline: {
        go: async ({ agent, open, page, write }) => {
            await open('Ben Aalto');
            agent.setRelay('offline');
            await page.waitForSelector('.strip');
            await write('This waits until the relay is back.');
            await page.waitForSelector('.is-waiting');
        },
    },
};

/* Nothing is wider than what holds it, but for texts that end in an ellipsis. */
const overflow = () => ['html', 'body', '.sides', '.lists', '.history', '.head', '.composer', '.details-body', '.welcome', '.modal', '.strip', '.alarm', '.request']
    .filter((s) => [...document.querySelectorAll(s)].some((e) => e.scrollWidth > e.clientWidth + 1
        || e.getBoundingClientRect().right > document.documentElement.clientWidth + 1));

/* Texts over which their own time lies. */
const covered = () => [...document.querySelectorAll('.message:has(.meta)')].filter((m) => {
    const meta = m.querySelector('.meta').getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(m.querySelector('.text'));
    return [...range.getClientRects()].some((r) => r.left < meta.right && meta.left < r.right && r.top < meta.bottom - 4 && meta.top + 4 < r.bottom);
}).map((m) => m.textContent.slice(0, 40));

/* Contrast of every visible text against what is painted behind it (WCAG 2.2, 1.4.3). */
const faintTexts = () => {
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (color) => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = color;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
    const luminance = (c) => c.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (e) => {
        const layers = [];
        for (let x = e; x; x = x.parentElement) {
            layers.push(rgba(getComputedStyle(x).backgroundColor));
        }
        return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
    };
    const top = document.querySelector('dialog[open]') ?? document.body;
    const out = [];
    for (const e of top.querySelectorAll('*')) {
        const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        const disabled = e.closest(':disabled, [aria-hidden="true"], .sr-only, svg, noscript');
        if (!own || disabled || e.getClientRects().length === 0) {
            continue;
        }
        const style = getComputedStyle(e);
        const back = behind(e);
        const opacity = Number(style.opacity) * (e.closest('.is-waiting .bubble') ? 0.8 : 1);
        const ink = rgba(style.color);
        const [a, b] = [luminance(over([...ink.slice(0, 3), ink[3] * opacity], back)), luminance(back)].sort((x, y) => y - x);
        const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < (large ? 3 : 4.5)) {
            out.push(`${e.className || e.tagName} ${ratio.toFixed(2)}: ${e.textContent.slice(0, 30)}`);
        }
    }
    return out;
};

for (const [name, { empty = false, go = () => undefined }] of Object.entries(SCENES)) {
    for (const [width, height] of [[1280, 800], [390, 844]]) {
        for (const theme of ['light', 'dark']) {
            test(`${name} at ${width} pixels, ${theme}`, async (t) => {
                const s = await scene(t, { empty, width, height, dark: theme === 'dark', now: () => NOW });
                await go({ ...s, narrow: width < 720 });
                await s.page.waitForTimeout(150);
                await s.page.mouse.move(0, 0);
                await s.page.screenshot({ path: `${OUT}/${name}-${width}-${theme}.png` });
                assert.deepEqual(await s.page.evaluate(overflow), []);
                assert.deepEqual(await s.page.evaluate(covered), []);
                assert.deepEqual(await s.page.evaluate(faintTexts), []);
            });
        }
    }
}

test('the theme can be chosen against the system’s, and stays chosen', async (t) => {
    const { page } = await scene(t, { dark: true });
    const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    assert.equal(await scheme(), 'light dark');
    await page.click('.me');
    await page.click('.segments >> text=Light');
    assert.equal(await scheme(), 'light');
    await page.reload();
    await page.waitForSelector('.sides');
    assert.equal(await scheme(), 'light');
});

test('at 390 pixels one side is shown at a time, and both ways back lead to the list', async (t) => {
    const { page, open } = await scene(t, { width: 390, height: 844 });
    assert.ok(await page.isVisible('.sidebar'));
    await open('Ben Aalto');
    await page.waitForSelector('.conversation');
    assert.ok(!(await page.isVisible('.sidebar')));
    await page.click('.back');
    assert.ok(await page.isVisible('.sidebar'));
    await open('Vera');
    await page.waitForSelector('.conversation');
    await page.goBack();
    await page.waitForSelector('.conversation', { state: 'detached' });
    assert.ok(await page.isVisible('.sidebar'));
    assert.ok(new URL(page.url()).pathname === '/');
});
