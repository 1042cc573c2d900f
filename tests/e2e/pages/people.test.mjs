/* People: adding, groups, requests, verification, blocking, my own card. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { link, qr } from '../../../web/mock/data.mjs';
import { scene } from './rig.mjs';

const newDialog = (page) => page.click('button[aria-label="New conversation"]');

test('the first person is added from the empty page, by link', async (t) => {
    const { agent, page, until } = await scene(t, { empty: true });
    assert.ok(await page.isVisible('.welcome .qr'));
    await page.fill('#first-address', 'what is this');
    await page.click('.way button:has-text("Add")');
    await page.waitForSelector('.problem:has-text("This is not a contact link.")');
    await page.fill('#first-address', agent.me.link);
    await page.click('.way button:has-text("Add")');
    await page.waitForSelector('.problem:has-text("This is your own link.")');
    await page.fill('#first-address', `  ${link('somebody')}\n`);
    await page.click('.way button:has-text("Add")');
    await page.waitForSelector('.head:has-text("Waiting for New person to accept")');
    await until(() => document.activeElement.id === 'composer');
});

test('while the link is prepared there is none, and the page says so', async (t) => {
    const noLink = (a) => { a.me = { ...a.me, link: '', qr: { size: 0, rows: [] } }; };
    const { agent, page } = await scene(t, { empty: true, before: noLink });
    await page.waitForSelector('.way .no-link:has-text("being prepared. It is here as soon as relay.example has")');
    agent.me = { ...agent.me, link: link('me'), qr: qr(link('me')) };
    agent.tell('event.account', { me: agent.me });
    await page.waitForSelector('.way .qr');
});

test('my name is asked for once, and then stands in my corner', async (t) => {
    const { agent, page } = await scene(t, { empty: true });
    await page.fill('#first-name', 'Ada');
    await page.press('#first-name', 'Enter');
    await page.waitForSelector('.me-name:has-text("Ada")');
    await page.waitForSelector('#first-name', { state: 'detached' });
    assert.equal(agent.me.name, 'Ada');
});

test('a person is added by handle, and found again instead of added twice', async (t) => {
    const { agent, page } = await scene(t);
    const count = agent.conversations.size;
    for (let i = 0; i < 2; i++) {
        await newDialog(page);
        await page.fill('dialog input', 'carol@relay.example');
        await page.click('dialog >> text=Add carol@relay.example');
        await page.waitForSelector('.head h1:has-text("Carol")');
    }
    assert.equal(agent.conversations.size, count + 1);
});

test('an unknown handle and an unreachable relay are said in the dialog, which stays', async (t) => {
    const { agent, page } = await scene(t);
    await newDialog(page);
    await page.fill('dialog input', 'nobody@relay.example');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog .problem:has-text("Nobody has this handle.")');
    agent.setRelay('offline');
    await page.fill('dialog input', 'carol@relay.example');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog .problem:has-text("The relay cannot be reached.")');
});

test('a name typed into the dialog finds the contact', async (t) => {
    const { page } = await scene(t);
    await newDialog(page);
    await page.fill('dialog input', 'noor');
    assert.equal(await page.$$eval('dialog .person', (x) => x.length), 1);
    await page.fill('dialog input', 'zzz');
    await page.waitForSelector('dialog .hint:has-text("No contact of that name.")');
});

test('a group is created, grows and shrinks', async (t) => {
    const { agent, page, until } = await scene(t);
    await newDialog(page);
    await page.click('dialog >> text=New group');
    assert.ok(await page.isDisabled('dialog >> text=Create group'), 'a group needs a name');
    await page.fill('dialog input[dir]', 'Boat house');
    await page.click('dialog .person:has-text("Ben Aalto")');
    await page.click('dialog .person:has-text("Noor Haddad")');
    await page.waitForSelector('dialog >> text=You and 2 more');
    await page.click('dialog >> text=Create group');
    await page.waitForSelector('.head h1:has-text("Boat house")');
    await page.waitForSelector('.notice:has-text("You created the group")');
    await page.keyboard.press('Alt+i');
    await page.click('.details >> text=Add someone');
    assert.equal(await page.$$eval('dialog .person:has-text("Ben")', (x) => x.length).catch(() => 0), 0, 'members are not offered');
    await page.click('dialog .person:has-text("Inès Morel")');
    await page.waitForSelector('.notice:has-text("You added Inès Morel")');
    await page.waitForSelector('.details .person:has-text("Inès Morel") >> text=Invited');
    await page.click('button[aria-label="Remove Ben Aalto"]');
    await page.waitForSelector('.confirm:has-text("Remove Ben Aalto?")');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.confirm', { state: 'detached' });
    assert.equal(agent.byTitle('Boat house').members.length, 4, 'Esc means no');
    await page.click('button[aria-label="Remove Ben Aalto"]');
    await page.click('.confirm >> text=Remove >> nth=-1');
    await page.waitForSelector('.notice:has-text("You removed Ben Aalto")');
    await until(() => !document.querySelector('.details').textContent.includes('Ben Aalto'));
});

test('a group that was left or from which one was removed keeps its history and takes no message', async (t) => {
    const { agent, page, open } = await scene(t);
    await open('Harvest supper');
    await page.keyboard.press('Alt+i');
    await page.click('.details >> text=Leave group');
    await page.click('.confirm >> text=Leave group');
    await page.waitForSelector('.closed:has-text("You left this group.")');
    assert.equal(await page.$('#composer'), null);
    assert.ok(await page.isVisible('.message:has-text("two pots")'));
    const c = agent.byTitle('Harvest supper');
    c.state = 'removed';
    agent.changed(c);
    await page.waitForSelector('.closed:has-text("You were removed from this group.")');
});

test('members cannot be removed by who is no admin', async (t) => {
    const { page, open } = await scene(t, { before: (a) => { a.byTitle('Harvest supper').role = 'member'; } });
    await open('Harvest supper');
    await page.keyboard.press('Alt+i');
    await page.waitForSelector('.details .person');
    assert.equal(await page.$('button[aria-label^="Remove"]'), null);
    assert.equal(await page.$('.details >> text=Add someone'), null);
});

test('a request is read without anybody knowing, then accepted', async (t) => {
    const { agent, page, open } = await scene(t);
    const dora = agent.byTitle('Dora Kessler');
    await open('Dora');
    await page.waitForSelector('.message:has-text("I keep the bees")');
    await page.waitForTimeout(150);
    assert.equal(dora.read, 0);
    assert.equal(await page.$('#composer'), null);
    await page.click('.request button:text-is("Accept")');
    await page.waitForSelector('#composer');
    assert.equal(dora.state, 'open');
});

test('a request of which nothing has come says so, and is accepted alike', async (t) => {
    const { agent, page, open } = await scene(t, { before: (a) => {
        a.person('p-kaisa', 'Kaisa Lehto', { state: 'stranger' });
        a.makeConversation('direct', '', ['me', 'p-kaisa'], { contact: 'p-kaisa', state: 'request' });
    } });
    await open('Kaisa');
    await page.waitForSelector('.request-alone >> text=What they write will come once you accept');
    assert.equal(await page.$('#composer, .history'), null);
    await page.click('.request button:text-is("Accept")');
    await page.waitForSelector('#composer');
    await page.waitForSelector('.history');
    assert.equal(agent.byTitle('Kaisa Lehto').state, 'open');
});

test('a request is declined: it is gone, and blocked only when that was asked', async (t) => {
    const { agent, page, open } = await scene(t);
    await open('Dora');
    await page.click('.request button:text-is("Decline")');
    await page.waitForSelector('.entry:has-text("Dora")', { state: 'detached' });
    assert.equal(agent.contacts.get('p-dora').blocked, false);
    agent.person('p-pest', 'Pest', { state: 'stranger' });
    const c = agent.makeConversation('direct', '', ['me', 'p-pest'], { contact: 'p-pest', state: 'request' });
    agent.hear(c, 'p-pest', 'Buy this.');
    await open('Pest');
    await page.click('.request >> text=Decline and block');
    await page.waitForSelector('.entry:has-text("Pest")', { state: 'detached' });
    assert.equal(agent.contacts.get('p-pest').blocked, true);
});

test('the safety number is shown, marked, and taken back', async (t) => {
    const { agent, page, open } = await scene(t);
    await open('Inès');
    await page.click('.verify-hint');
    await page.waitForSelector('.safety-digits');
    const digits = await page.$$eval('.safety-digits span', (x) => x.map((e) => e.textContent).join(''));
    assert.equal(digits, agent.call('contact.safety', { contact: 'p-ines' }).digits);
    assert.equal(digits.length, 60);
    await page.click('text=They agree: mark as verified');
    await page.waitForSelector('.head .verified-mark');
    assert.equal(agent.contacts.get('p-ines').verified, true);
    await page.keyboard.press('Alt+i');
    await page.click('.verification button');
    await page.click('dialog >> text=Take it back');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.head .verified-mark', { state: 'detached' });
    assert.equal(agent.contacts.get('p-ines').verified, false);
});

test('QR codes show the modules that the agent gave, dark on white', async (t) => {
    const { agent, page } = await scene(t, { dark: true });
    await page.click('.me');
    const modules = await page.$eval('dialog .qr', (svg) => {
        const path = svg.querySelector('path');
        const size = Number(svg.getAttribute('viewBox').split(' ')[2]) - 8;
        const at = (x, y) => path.isPointInFill(new DOMPoint(x + 0.5, y + 0.5));
        return {
            rows: Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => (at(x, y) ? '1' : '0')).join('')),
            light: getComputedStyle(svg.querySelector('rect')).fill,
        };
    });
    assert.deepEqual(modules.rows, agent.me.qr.rows);
    assert.equal(modules.light, 'rgb(255, 255, 255)');
});

test('my link is copied', async (t) => {
    const { agent, page, context } = await scene(t);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click('.me');
    await page.click('dialog .copy');
    await page.waitForSelector('dialog .copy:has-text("Copied")');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), agent.me.link);
});

test('a handle is claimed, and a taken one is said', async (t) => {
    const { agent, page } = await scene(t);
    await page.click('.me');
    await page.fill('#my-handle', 'taken');
    await page.click('dialog >> text=Claim');
    await page.waitForSelector('dialog .problem:has-text("This handle is taken.")');
    await page.fill('#my-handle', 'Ada.V');
    await page.click('dialog >> text=Claim');
    await page.waitForSelector('.me-state:has-text("ada.v@relay.example")');
    assert.equal(agent.me.handle, 'ada.v@relay.example');
});

test('a contact is renamed and blocked, for me alone', async (t) => {
    const { agent, page, open } = await scene(t);
    await open('Vera');
    await page.keyboard.press('Alt+i');
    await page.fill('#rename', 'Aunt Vera');
    await page.press('#rename', 'Enter');
    await page.waitForSelector('.head h1:has-text("Aunt Vera")');
    await page.waitForSelector('.hint:has-text("Calls themselves Vera Lindqvist")');
    await page.click('.details >> text=Block');
    await page.click('.confirm >> text=Block >> nth=-1');
    await page.waitForSelector('.closed:has-text("You blocked Aunt Vera.")');
    assert.equal(agent.contacts.get('p-vera').blocked, true);
    await page.click('.closed >> text=Unblock');
    await page.waitForSelector('#composer');
});

test('an alarm is one sentence and one button, in its conversation and in the list', async (t) => {
    const { agent, page, open } = await scene(t);
    const c = agent.byTitle('Harvest supper');
    agent.raise({ code: 'dropped', conversation: c.id, sentence: 'The relay left out a message.', button: 'Ask Noor' });
    await page.waitForSelector('.entry:has-text("Harvest") [aria-label="Needs your attention"]');
    await open('Harvest supper');
    assert.equal(await page.textContent('.alarm p'), 'The relay left out a message.');
    await page.click('.alarm >> text=Ask Noor');
    await page.waitForSelector('.alarm', { state: 'detached' });
    assert.equal(agent.alarms.size, 0);
});

test('an alarm about keys leads to the safety number, and ends when it was compared', async (t) => {
    const { agent, page, open } = await scene(t);
    const ben = agent.byTitle('Ben Aalto');
    agent.raise({ code: 'key_changed', conversation: ben.id, contact: 'p-ben', action: 'verify', sentence: 'Ben’s keys are others now.', button: 'Compare' });
    await open('Ben Aalto');
    await page.click('.alarm >> text=Compare');
    await page.waitForSelector('.safety-digits');
    assert.equal(agent.alarms.size, 1);
    await page.click('text=They agree: mark as verified');
    await page.waitForSelector('.alarm', { state: 'detached' });
    assert.equal(agent.alarms.size, 0);
});

test('an alarm about the whole account stands above everything', async (t) => {
    const { agent, page } = await scene(t);
    agent.raise({ code: 'copy_found', sentence: 'A copy of your store is running elsewhere.', button: 'Add this device again' });
    await page.waitForSelector('.page > .alarm:has-text("A copy of your store")');
    await page.click('.alarm >> text=Add this device again');
    await page.waitForSelector('.alarm', { state: 'detached' });
});
