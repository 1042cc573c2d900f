/* A scene for the page's tests: a mock agent, and the built page in Chromium connected to it. When a
 * test ends, nothing may have gone wrong that it did not look at: no script error, no refusal by the
 * content-security policy, no request to elsewhere, nothing on the wire that docs/api.json lacks. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { launch, openPage } from '../lib/browser.mjs';
import { MockAgent } from '../../../web/mock/agent.mjs';

let browser = null;
after(() => browser?.close());

export async function scene(t, { before = () => undefined, ...options } = {}) {
    browser ??= await launch();
    const agent = new MockAgent(options);
    before(agent);
    await agent.start();
    const opened = await openPage(browser, agent.link(), options);
    const { page, context, problems } = opened;
    await page.waitForSelector('.sides');
    t.after(async () => {
        await context.close();
        await agent.stop();
        assert.deepEqual(problems, []);
        assert.deepEqual(agent.faults, []);
    });
    return { agent, page, context, problems, ...helpers(page) };
}

function helpers(page) {
    return {
        open: (title) => page.click(`.entry:has-text("${title}")`),
        write: async (text) => {
            await page.fill('#composer', text);
            await page.press('#composer', 'Enter');
        },
        texts: () => page.$$eval('.message .text', (all) => all.map((e) => e.textContent)),
        /** Waits until a function of the page's document is true. */
        until: (fn, arg) => page.waitForFunction(fn, arg, { timeout: 5000 }),
        steps: () => page.$$eval('.history .message-own .meta .step', (all) => all.map((e) => e.getAttribute('aria-label'))),
    };
}
