/* Writing and reading: states of messages, waiting, reconnecting, texts of all kinds. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { scene } from './rig.mjs';

const lastStep = (label) => [...document.querySelectorAll('.history .message-own .step')].at(-1)?.getAttribute('aria-label') === label;

test('a message goes from waiting to sent, delivered and read', async (t) => {
    const { agent, page, open, write, until, steps } = await scene(t);
    const ines = agent.byTitle('Inès Morel');
    agent.holdStore = true;
    await open('Inès');
    await write('À samedi !');
    await until(lastStep, 'Waiting');
    agent.holdStore = false;
    agent.store(ines, ines.messages.at(-1));
    await until(lastStep, 'Sent');
    agent.mark(ines, 'p-ines', 9e9, 0);
    await until(lastStep, 'Delivered');
    agent.mark(ines, 'p-ines', 9e9, 9e9);
    await until(lastStep, 'Read');
    assert.equal((await steps()).at(-1), 'Read');
    assert.equal(await page.inputValue('#composer'), '');
});

test('messages written while the relay is away wait, and the page says so', async (t) => {
    const { agent, page, open, write, until } = await scene(t);
    await open('Ben Aalto');
    agent.setRelay('offline');
    await page.waitForSelector('.strip:has-text("relay.example cannot be reached")');
    await write('one');
    await write('two');
    await until(lastStep, 'Waiting');
    await page.click('.strip .link');
    await until(() => true);
    assert.equal(agent.retries, 1);
    agent.setRelay('online');
    await until(lastStep, 'Sent');
    await page.waitForSelector('.strip', { state: 'detached' });
    assert.deepEqual(agent.byTitle('Ben Aalto').messages.slice(-2).map((m) => m.text), ['one', 'two']);
});

test('what is written while the agent is away is sent once, in order, when it is back', async (t) => {
    const { agent, page, open, write, until, texts } = await scene(t);
    await open('Ben Aalto');
    await agent.stop();
    await page.waitForSelector('.strip:has-text("agent is not answering")');
    for (const text of ['first', 'second', 'third']) {
        await write(text);
    }
    assert.deepEqual((await texts()).slice(-3), ['first', 'second', 'third']);
    await agent.start();
    await until(lastStep, 'Sent');
    assert.deepEqual(agent.byTitle('Ben Aalto').messages.slice(-3).map((m) => m.text), ['first', 'second', 'third']);
    assert.deepEqual((await texts()).slice(-3), ['first', 'second', 'third']);
});

test('a message whose answer was lost is not doubled', async (t) => {
    const { agent, page, open, write, until, texts } = await scene(t);
    await open('Ben Aalto');
    let lost = 0;
    agent.swallow = (request) => {
        if (request.method === 'message.send' && lost === 0) {
            lost++;
            agent.call('message.send', request.params);
            agent.clients.forEach((c) => c.terminate());
            return true;
        }
        return false;
    };
    await write('only once');
    await page.waitForSelector('.strip');
    await page.waitForSelector('.strip', { state: 'detached' });
    await until(lastStep, 'Sent');
    assert.equal((await texts()).filter((x) => x === 'only once').length, 1);
    assert.equal(agent.byTitle('Ben Aalto').messages.filter((m) => m.text === 'only once').length, 1);
});

test('a page with unsent messages asks before it is closed, and one without does not', async (t) => {
    const { agent, page, open, write } = await scene(t);
    await open('Ben Aalto');
    const asked = () => page.evaluate(() => {
        const event = new Event('beforeunload', { cancelable: true });
        dispatchEvent(event);
        return event.defaultPrevented;
    });
    assert.equal(await asked(), false);
    await agent.stop();
    await page.waitForSelector('.strip');
    await write('not yet there');
    assert.equal(await asked(), true);
    await agent.start();
    await page.waitForSelector('.strip', { state: 'detached' });
    await page.waitForFunction(() => {
        const event = new Event('beforeunload', { cancelable: true });
        dispatchEvent(event);
        return !event.defaultPrevented;
    });
});

test('nothing written is left in the browser’s storage', async (t) => {
    const { page, open, write } = await scene(t);
    await open('Ben Aalto');
    await write('a secret sentence');
    await page.fill('#composer', 'a secret draft');
    await page.waitForTimeout(700);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
    assert.ok(!kept.includes('secret'), kept);
    assert.equal(await page.evaluate(() => Object.keys(sessionStorage).join()), 'sotto.session');
});

test('a draft is kept by the agent and is there again after a reload', async (t) => {
    const { agent, page, open } = await scene(t);
    await open('Inès');
    await page.fill('#composer', 'half a thou');
    await page.waitForTimeout(700);
    assert.equal(agent.byTitle('Inès Morel').draft, 'half a thou');
    await page.reload();
    await page.waitForSelector('.preview-draft');
    await open('Inès');
    assert.equal(await page.inputValue('#composer'), 'half a thou');
});

test('a failed message says why, can be tried again and discarded', async (t) => {
    const { agent, page, open, write, until } = await scene(t);
    const ben = agent.byTitle('Ben Aalto');
    await open('Ben Aalto');
    agent.holdStore = true;
    await write('doomed');
    await until(lastStep, 'Waiting');
    agent.fail(ben, ben.messages.at(-1), 'The conversation was closed.');
    await page.waitForSelector('.failed:has-text("The conversation was closed.")');
    await page.click('.failed >> text=Try again');
    await until(lastStep, 'Waiting');
    agent.fail(ben, ben.messages.at(-1), 'Still closed.');
    await page.click('.failed >> text=Discard');
    await until(() => ![...document.querySelectorAll('.message .text')].some((e) => e.textContent === 'doomed'));
});

test('a message that the agent refuses stays, with the reason, and does not hold up the next', async (t) => {
    const { agent, page, open, write } = await scene(t);
    await open('Ben Aalto');
    const ben = agent.byTitle('Ben Aalto');
    ben.state = 'removed';
    await write('too late');
    await page.waitForSelector('.failed:has-text("You are not in this conversation.")');
    ben.state = 'open';
    await write('in time');
    await page.waitForSelector('.message-own:not(.is-waiting):has-text("in time")');
    assert.equal(ben.messages.at(-1).text, 'in time');
    await page.click('.failed >> text=Discard');
    await page.waitForSelector('.failed', { state: 'detached' });
});

test('text is text: markup in messages and names is shown, not obeyed', async (t) => {
    const { agent, page, open, texts } = await scene(t);
    const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script> &amp; <b>bold</b>';
    const ben = agent.byTitle('Ben Aalto');
    agent.hear(ben, 'p-ben', evil);
    agent.person('p-evil', '<i>Eve</i>', {});
    const c = agent.makeConversation('direct', '', ['me', 'p-evil'], { contact: 'p-evil' });
    agent.hear(c, 'p-evil', evil);
    await open('<i>Eve</i>');
    await page.waitForSelector('.message');
    assert.equal((await texts()).at(-1), evil);
    assert.equal(await page.$$eval('.history img, .history script, .history b, .head i', (x) => x.length), 0);
    assert.match(await page.title(), /Sotto$/);
});

test('links open elsewhere without telling from where, and not in a request', async (t) => {
    const { page, open } = await scene(t);
    await open('Ben Aalto');
    await page.waitForSelector('.message a');
    const a = await page.$eval('.message a', (e) => [e.href, e.target, e.rel]);
    assert.deepEqual(a, ['https://www.rfc-editor.org/rfc/rfc9420.html', '_blank', 'noopener noreferrer']);
    await open('Dora');
    await page.waitForSelector('.message:has-text("bees.example")');
    assert.equal(await page.$$eval('.message a', (x) => x.length), 0);
});

test('each message has the direction of its own text', async (t) => {
    const { page, open } = await scene(t);
    await open('Ben Aalto');
    await page.waitForSelector('.message:has-text("هل ترى")');
    const direction = (text) => page.$eval(`.message:has-text("${text}") .text`, (e) => getComputedStyle(e).direction);
    assert.equal(await direction('هل ترى'), 'rtl');
    assert.equal(await direction('That is a lot'), 'ltr');
});

test('10 kB fold, unfold in place and fold again; long words wrap', async (t) => {
    const { agent, page, open } = await scene(t);
    const ben = agent.byTitle('Ben Aalto');
    agent.put(ben, 'p-ben', 'w'.repeat(900));
    await open('Ben Aalto');
    const fold = page.locator('.message:has(.fold)');
    await fold.scrollIntoViewIfNeeded();
    const top = () => fold.evaluate((e) => Math.round(e.getBoundingClientRect().top));
    const before = await top();
    const height = await fold.evaluate((e) => e.clientHeight);
    assert.match(await fold.locator('.fold').textContent(), /10 kB/);
    await fold.locator('.fold').click();
    assert.ok(await fold.evaluate((e) => e.clientHeight) > 2 * height);
    assert.ok(Math.abs(await top() - before) <= 2, 'its beginning stays where it was');
    await fold.locator('.fold').click();
    assert.equal(await fold.evaluate((e) => e.clientHeight), height);
    assert.ok(await page.$eval('.history', (e) => e.scrollWidth <= e.clientWidth));
});

test('Shift+Enter breaks the line, Enter sends, and nothing sends only white space', async (t) => {
    const { agent, page, open, until } = await scene(t);
    await open('Ben Aalto');
    const count = agent.byTitle('Ben Aalto').messages.length;
    await page.fill('#composer', '  \n ');
    await page.press('#composer', 'Enter');
    assert.equal(agent.byTitle('Ben Aalto').messages.length, count);
    await page.fill('#composer', '');
    await page.type('#composer', 'one');
    await page.press('#composer', 'Shift+Enter');
    await page.type('#composer', 'two');
    await page.press('#composer', 'Enter');
    await until(lastStep, 'Sent');
    assert.equal(agent.byTitle('Ben Aalto').messages.at(-1).text, 'one\ntwo');
});

test('a text beyond the limit cannot be sent, and the page says how long it is', async (t) => {
    const { page, open } = await scene(t);
    await open('Ben Aalto');
    await page.fill('#composer', 'é'.repeat(32_001));
    await page.waitForSelector('.problem:has-text("Too long by 2 bytes")');
    assert.ok(await page.isDisabled('.send'));
    await page.fill('#composer', 'é'.repeat(32_000));
    await page.waitForSelector('.problem', { state: 'detached' });
    assert.ok(await page.isEnabled('.send'));
});

test('what arrives where one is, is read; elsewhere it is counted, in the title too', async (t) => {
    const { agent, page, open, until } = await scene(t);
    const [ben, vera] = [agent.byTitle('Ben Aalto'), agent.byTitle('Vera Lindqvist')];
    await open('Ben Aalto');
    const here = agent.hear(ben, 'p-ben', 'Here.');
    await page.waitForSelector('.message:has-text("Here.")');
    await page.waitForTimeout(100);
    assert.equal(ben.read, here.order);
    agent.hear(vera, 'p-vera', 'Elsewhere.');
    await page.waitForSelector('.entry:has-text("Vera") .badge');
    assert.notEqual(vera.read, vera.messages.at(-1).order);
    await until(() => document.title === '(3) Sotto');
    assert.equal(await page.$eval('[aria-live="polite"].sr-only', (e) => e.textContent), 'New message in Vera Lindqvist');
});

test('in a group one sees who has read what, and who has received', async (t) => {
    const { agent, page, open, until } = await scene(t);
    const group = agent.byTitle('Harvest supper');
    await open('Harvest supper');
    await page.click('.message-own:last-child .meta-state');
    const people = (title) => page.$$eval(`xpath=//section[contains(@class,'receipt-group')][h3[contains(., '${title}')]]//span[contains(@class,'person-name')]`, (x) => x.map((e) => e.textContent));
    assert.deepEqual(await people('Read'), ['Ben Aalto']);
    assert.deepEqual(await people('Delivered'), ['Noor Haddad']);
    assert.deepEqual(await people('Not delivered yet'), ['Inès Morel']);
    agent.mark(group, 'p-ines', 9e9, 9e9);
    await until(() => document.querySelectorAll('.receipt-group').length === 2);
    assert.deepEqual(await people('Read'), ['Ben Aalto', 'Inès Morel']);
    await page.keyboard.press('Escape');
    assert.equal(await page.getAttribute('.message-own:last-child .seen', 'aria-label'), 'Read up to here by Ben Aalto, Inès Morel');
});
