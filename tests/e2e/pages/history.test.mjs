/* Long histories: older messages on scrolling up, and nothing that moves what one reads. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { scene } from './rig.mjs';

const top = (page, text) => page.evaluate((wanted) => {
    const found = [...document.querySelectorAll('.message')].find((e) => e.querySelector('.text').textContent === wanted);
    return found ? found.getBoundingClientRect().top : null;
}, text);
const atEnd = () => {
    const b = document.querySelector('.history');
    return b && b.scrollHeight - b.scrollTop - b.clientHeight < 3;
};
const rowCount = (page) => page.$$eval('.history .message', (x) => x.length);

/* A message whose text is found nowhere else, at a third of the view. */
async function lookAt(page) {
    return page.evaluate(() => {
        const box = document.querySelector('.history');
        const y = box.getBoundingClientRect().top + box.clientHeight / 3;
        const all = [...document.querySelectorAll('.message')].filter((e) => e.querySelector('.text').textContent.startsWith('Day log'));
        const near = all.sort((a, b) => Math.abs(a.getBoundingClientRect().top - y) - Math.abs(b.getBoundingClientRect().top - y))[0];
        return near.querySelector('.text').textContent;
    });
}

test('a conversation opens at its end', async (t) => {
    const { page, open, until } = await scene(t);
    await open('Vera');
    await until(atEnd);
    assert.equal(await rowCount(page), 50);
});

test('scrolling up loads all 600 messages, in order and once, without a jump', async (t) => {
    const { page, open, until } = await scene(t);
    await open('Vera');
    await until(atEnd);
    for (let known = 50; known < 600; known += 50) {
        /* Near the start, but not at it: there the next page is asked for while one still reads. */
        await page.evaluate(() => { document.querySelector('.history').scrollTop = 500; });
        const seen = await lookAt(page);
        const before = await top(page, seen);
        await until((n) => document.querySelectorAll('.history .message').length > n, known);
        const moved = Math.abs(await top(page, seen) - before);
        assert.ok(moved <= 2, `${seen} moved by ${moved} pixels`);
    }
    const pages = await page.$$eval('.message .text', (all) => all.map((e) => /page (\d+)/.exec(e.textContent)?.[1]).filter(Boolean).map(Number));
    assert.deepEqual(pages, Array.from({ length: 150 }, (_, i) => 1 + 4 * i));
    await page.waitForSelector('.start');
});

test('while one reads older messages, new ones do not move the view, and a button leads to them', async (t) => {
    const { agent, page, open, until } = await scene(t);
    const vera = agent.byTitle('Vera Lindqvist');
    await open('Vera');
    await until(atEnd);
    await page.evaluate(() => { document.querySelector('.history').scrollTop -= 700; });
    await page.waitForSelector('.to-end');
    const seen = await lookAt(page);
    const before = await top(page, seen);
    for (let i = 0; i < 5; i++) {
        agent.hear(vera, 'p-vera', `News ${i}.`);
    }
    await page.waitForSelector('.message:has-text("News 4.")');
    assert.ok(Math.abs(await top(page, seen) - before) <= 1);
    assert.equal(await page.textContent('.to-end .badge'), '5');
    await page.click('.to-end');
    await until(atEnd);
    await page.waitForSelector('.to-end', { state: 'detached' });
});

test('at the end, the view stays at the end: for news, a taller composer, another window', async (t) => {
    const { agent, page, open, until } = await scene(t);
    await open('Vera');
    await until(atEnd);
    agent.hear(agent.byTitle('Vera Lindqvist'), 'p-vera', 'A new line.\n'.repeat(12));
    await page.waitForSelector('.message:has-text("A new line.")');
    await until(atEnd);
    await page.fill('#composer', 'tall\n'.repeat(8));
    await until(atEnd);
    await page.setViewportSize({ width: 900, height: 500 });
    await until(atEnd);
});

test('a conversation with new messages opens at the line before them', async (t) => {
    const { agent, page, open } = await scene(t);
    const vera = agent.byTitle('Vera Lindqvist');
    for (let i = 0; i < 30; i++) {
        agent.hear(vera, 'p-vera', `Unread ${i}.`);
    }
    await page.waitForSelector('.entry:has-text("Vera") .badge:has-text("30")');
    await open('Vera');
    await page.waitForSelector('.unread-line');
    const [line, box] = await page.evaluate(() => ['.unread-line', '.history'].map((s) => document.querySelector(s).getBoundingClientRect().top));
    assert.ok(line > box && line < box + 300, `the line is ${line - box} pixels below the edge`);
    assert.equal(vera.unread, 30, 'nothing below the view counts as read');
    await page.click('.to-end');
    await page.waitForSelector('.entry:has-text("Vera") .badge', { state: 'detached' });
    assert.equal(vera.unread, 0);
});

test('3,000 messages in a row are taken in, and the page stays small and quick', async (t) => {
    const { agent, page, open, until } = await scene(t);
    const vera = agent.byTitle('Vera Lindqvist');
    await open('Vera');
    await until(atEnd);
    const start = Date.now();
    for (let i = 0; i < 3000; i++) {
        agent.hear(vera, 'p-vera', `Line ${i}.`);
    }
    await page.waitForSelector('.message:has-text("Line 2999.")');
    const taken = Date.now() - start;
    assert.ok(taken < 15_000, `${taken} ms`);
    await until(atEnd);
    assert.ok(await rowCount(page) <= 401);
    await page.fill('#composer', 'still here');
    await until(() => document.getElementById('composer').value === 'still here');
    console.log(`# 3,000 messages in ${taken} ms`);
});

test('after a break, what was missed is there, without gap or double', async (t) => {
    const { agent, page, open, until, texts } = await scene(t);
    const vera = agent.byTitle('Vera Lindqvist');
    await open('Vera');
    await until(atEnd);
    await agent.stop();
    for (let i = 0; i < 70; i++) {
        agent.hear(vera, 'p-vera', `Missed ${i}.`);
    }
    await agent.start();
    await page.waitForSelector('.message:has-text("Missed 69.")');
    while ((await texts()).filter((x) => x.startsWith('Missed')).length < 70) {
        await page.evaluate(() => { document.querySelector('.history').scrollTop = 10; });
        await page.waitForTimeout(50);
    }
    const missed = (await texts()).filter((x) => x.startsWith('Missed'));
    assert.deepEqual(missed, Array.from({ length: 70 }, (_, i) => `Missed ${i}.`));
});
