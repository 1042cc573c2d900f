/* The page by keyboard alone, and what a screen reader is told. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { scene } from './rig.mjs';

test('a whole conversation without a mouse', async (t) => {
    const { agent, page, until } = await scene(t);
    await page.keyboard.press('Control+k');
    await until(() => document.activeElement.id === 'search');
    await page.keyboard.type('inès');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.head h1:has-text("Inès Morel")');
    await until(() => document.activeElement.id === 'composer');
    await page.keyboard.type('Sans souris.');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.message-own:has-text("Sans souris.")');
    await page.keyboard.press('ArrowUp');
    await until(() => document.activeElement.classList.contains('message'));
    await page.waitForFunction(() => [...document.querySelectorAll('.history .message-own .step')].at(-1).getAttribute('aria-label') === 'Sent');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog:has-text("Message details")');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await until(() => document.activeElement.classList.contains('message'));
    await page.keyboard.press('Escape');
    await until(() => document.activeElement.id === 'composer');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.choose');
    await until(() => document.activeElement.classList.contains('entry'));
    assert.equal(agent.byTitle('Inès Morel').messages.at(-1).text, 'Sans souris.');
});

test('arrow keys move in the list, of which one entry is in the tab order', async (t) => {
    const { page, until } = await scene(t);
    assert.equal(await page.$$eval('.entry[tabindex="0"]', (x) => x.length), 1);
    await page.focus('.entry[tabindex="0"]');
    const title = () => page.evaluate(() => document.activeElement.querySelector('.entry-title')?.textContent);
    assert.equal(await title(), 'Dora Kessler');
    await page.keyboard.press('ArrowDown');
    assert.equal(await title(), 'Ben Aalto');
    await page.keyboard.press('End');
    assert.equal(await title(), 'Vera Lindqvist');
    await page.keyboard.press('ArrowDown');
    assert.equal(await title(), 'Vera Lindqvist', 'the end is the end');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await until(() => document.querySelector('.entry[aria-current]').textContent.includes('Dora'));
});

test('Alt and arrows walk through conversations', async (t) => {
    const { page, until } = await scene(t);
    const current = (name) => until((n) => document.querySelector('.head h1')?.textContent.startsWith(n), name);
    await page.keyboard.press('Alt+ArrowDown');
    await current('Dora');
    await page.keyboard.press('Alt+ArrowDown');
    await current('Ben');
    await page.keyboard.press('Alt+ArrowUp');
    await current('Dora');
});

test('dialogs keep the focus, close on Esc and give it back', async (t) => {
    const { page, until } = await scene(t);
    await page.focus('.me');
    for (const [keys, title] of [['Alt+n', 'New conversation'], ['Alt+m', 'My link'], ['Control+/', 'Keyboard shortcuts']]) {
        await page.keyboard.press(keys);
        await page.waitForSelector(`dialog[open]:has(h2:has-text("${title}"))`);
        for (let i = 0; i < 25; i++) {
            await page.keyboard.press('Tab');
            assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog')), title);
        }
        await page.keyboard.press('Escape');
        await page.waitForSelector('dialog', { state: 'detached' });
        await until(() => document.activeElement.classList.contains('me'));
    }
});

test('whatever has the focus by keyboard shows it', async (t) => {
    const { page, open } = await scene(t);
    await open('Ben Aalto');
    await page.waitForSelector('.message');
    await page.focus('.me');
    for (let i = 0; i < 14; i++) {
        await page.keyboard.press('Tab');
        const shown = await page.evaluate(() => {
            const e = document.activeElement;
            const style = getComputedStyle(e);
            const frame = e.id === 'composer' ? getComputedStyle(e.parentElement).borderColor : '';
            return { what: e.className || e.id || e.tagName, ok: e === document.body || style.outlineStyle !== 'none' || frame !== '' };
        });
        assert.ok(shown.ok, `${shown.what} has no ring`);
    }
});

test('every control has a name, every dialog a title, every picture a description', async (t) => {
    const { page, open } = await scene(t);
    const nameless = () => page.evaluate(() => {
        const name = (e) => e.getAttribute('aria-label') || e.textContent.trim() || (e.labels?.[0]?.textContent.trim() ?? '');
        return [
            ...[...document.querySelectorAll('button, a, input, textarea, [role="img"], [role="region"]')].filter((e) => !name(e)),
            ...[...document.querySelectorAll('dialog')].filter((e) => !document.getElementById(e.getAttribute('aria-labelledby'))),
            ...[...document.querySelectorAll('svg')].filter((e) => !e.closest('[aria-hidden="true"]') && !e.getAttribute('aria-label')),
        ].map((e) => e.outerHTML.slice(0, 120));
    });
    assert.deepEqual(await nameless(), []);
    for (const title of ['Harvest supper', 'Dora', 'Inès']) {
        await open(title);
        await page.waitForSelector('.message');
        assert.deepEqual(await nameless(), [], title);
    }
    await page.keyboard.press('Alt+i');
    await page.waitForSelector('.details');
    assert.deepEqual(await nameless(), []);
    for (const keys of ['Alt+n', 'Alt+m', 'Control+/']) {
        await page.keyboard.press(keys);
        await page.waitForSelector('dialog');
        assert.deepEqual(await nameless(), [], keys);
        await page.keyboard.press('Escape');
        await page.waitForSelector('dialog', { state: 'detached' });
    }
});

test('a message is announced once: who, and what', async (t) => {
    const { agent, page, open, until } = await scene(t);
    await open('Ben Aalto');
    agent.hear(agent.byTitle('Ben Aalto'), 'p-ben', 'Listen.');
    await until(() => document.querySelector('[aria-live="polite"].sr-only').textContent === 'Ben Aalto: Listen.');
    const label = await page.$eval('.message:last-child', (e) => e.getAttribute('aria-label'));
    assert.match(label, /^Ben Aalto, /);
});
