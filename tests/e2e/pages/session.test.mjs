/* Sessions: the link's secret, reloads, refusals; and a policy that forbids everything else. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { scene } from './rig.mjs';

test('the secret leaves the address bar and the history at once', async (t) => {
    const { page } = await scene(t);
    assert.equal(new URL(page.url()).hash, '');
    assert.equal(await page.evaluate(() => history.length), 2, 'about:blank and the page: no entry with the secret');
});

test('a reload goes on with the session, and a second use of the link does not', async (t) => {
    const { agent, page, context } = await scene(t);
    await page.reload();
    await page.waitForSelector('.entry');
    const used = `http://127.0.0.1:${agent.port}/#secret=${'A'.repeat(43)}`;
    const other = await context.newPage();
    await other.goto(used);
    await other.waitForSelector('text=This page is closed');
    await other.waitForSelector('.command:has-text("sotto ui")');
});

test('a page without link and session says how to get one', async (t) => {
    const { agent, context } = await scene(t);
    const other = await context.newPage();
    await other.goto(`http://127.0.0.1:${agent.port}/`);
    await other.waitForSelector('text=Open the page from your agent');
});

test('a session lives through a restart of the agent', async (t) => {
    const { agent, page, open } = await scene(t);
    await open('Ben Aalto');
    await agent.stop();
    await page.waitForSelector('.strip');
    await agent.start();
    await page.waitForSelector('.strip', { state: 'detached' });
    assert.ok(await page.isVisible('.head h1:has-text("Ben Aalto")'), 'and one is where one was');
});

test('closing the session shows nothing any more, nor after a reload; a fresh link opens again', async (t) => {
    const { agent, page, open } = await scene(t);
    await open('Ben Aalto');
    await page.click('.me');
    await page.click('dialog >> text=Close this page’s session');
    await page.click('.confirm >> text=Close >> nth=-1');
    await page.waitForSelector('text=Open the page from your agent');
    assert.ok(!(await page.content()).includes('Ben Aalto'));
    await page.reload();
    await page.waitForSelector('text=Open the page from your agent');
    assert.equal(agent.sessions.size, 0);
    await page.goto(agent.link());
    await page.waitForSelector('.entry');
});

test('the page’s own policy refuses scripts, styles, frames and requests from elsewhere', async (t) => {
    const { page, problems } = await scene(t);
    const tried = await page.evaluate(async () => {
        const blocked = [];
        document.addEventListener('securitypolicyviolation', (e) => blocked.push(e.effectiveDirective));
        const add = (html) => {
            try {
                document.body.insertAdjacentHTML('beforeend', html);
                return 'set';
            } catch {
                return 'refused';
            }
        };
        const html = add('<b>x</b>');
        const script = document.createElement('script');
        try {
            script.text = 'document.title = "bad"';
        } catch {
            /* refused, as it should be */
        }
        document.body.append(script);
        const image = document.createElement('img');
        image.src = 'http://127.0.0.1:9/x.png';
        document.body.append(image);
        const fetched = await fetch('http://127.0.0.1:9/').then(() => true, () => false);
        await new Promise((done) => setTimeout(done, 100));
        return { html, fetched, blocked, title: document.title };
    });
    assert.equal(tried.html, 'refused');
    assert.equal(tried.fetched, false);
    assert.match(tried.title, /Sotto$/);
    for (const directive of ['img-src', 'connect-src', 'require-trusted-types-for']) {
        assert.ok(tried.blocked.includes(directive), directive);
    }
    problems.length = 0;
});
