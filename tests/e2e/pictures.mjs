/* Pictures for the docs, of the real page, real agents and a real talk; see run.mjs. Ada's page is what is
 * seen; the others answer through their agents. The people are invented. Each picture is taken at two
 * widths, light and dark, from a page of its own. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPage } from './lib/browser.mjs';
import { smaller } from './lib/png.mjs';
import { eventually } from './lib/procs.mjs';
import { befriend, conversationOf, history, linkOf } from './lib/views.mjs';

const SIZES = [[1280, 800], [390, 844]];
const SUPPER = 'Harvest supper';

/* [who, text] */
const WITH_BEN = [
    ['ben', 'Did the train leave on time?'],
    ['ada', 'Four minutes late, and nobody minded. There was snow as far as Turku.'],
    ['ben', 'Bring some of it ❄️'],
    ['ada', 'Noor wrote me the sentence for the card:'],
    ['ada', 'شكراً على كل شيء، نراكم يوم السبت!'],
    ['ben', 'Lovely. And Inès says: « à samedi, sans faute »'],
    ['ada', '🥰'],
    ['ben', 'Shall we meet at the harbour at six? I have the key to the boat house, and Noor brings soup.'],
    ['ada', 'Yes. I will be there a little before.'],
];
const IN_GROUP = [
    ['noor', 'The hall is ours on Saturday, from ten.'],
    ['ben', 'I can bring the long table.'],
    ['ada', 'And I the lamps. Who knows how many we are?'],
    ['ines', 'Nineteen so far. Peut-être vingt.'],
    ['noor', 'Twenty-two now. My cousins heard of the soup.'],
    ['noor', 'Is anybody against two pots?'],
    ['ben', 'Nobody has ever been against two pots.'],
    ['ines', 'J’apporte le pain, et du beurre salé 🥖'],
    ['ada', 'Then everything is thought of, I believe.'],
    ['ada', 'I will write the list on the door.'],
];
const FROM_INES = ['On se voit samedi alors', 'Et dis à Ben de ne pas oublier la table 🙂'];
const FROM_NOOR = 'Lentil, as always. And one pot without onions.';
const FROM_DORA = ['Hello Ada, Noor gave me your link. I keep the bees behind the hall.', 'May I bring honey on Saturday?'];

const entry = (title) => `.entry:has(.entry-title:has-text("${title}"))`;
const open = async (page, title) => {
    await page.click(entry(title));
    await page.waitForSelector(`.head h1:has-text("${title}")`);
};

/* name: what to do in a page that has just been opened. */
const SCENES = {
    conversation: (page) => open(page, 'Ben Aalto'),
    group: async (page) => {
        await open(page, SUPPER);
        await page.keyboard.press('Alt+i');
        await page.waitForSelector('.details');
    },
    link: async (page) => {
        await page.click('.me');
        await page.waitForSelector('.modal .qr');
    },
    request: (page) => open(page, 'Dora Kessler'),
    safety: async (page) => {
        await open(page, 'Inès Morel');
        await page.click('.verify-hint');
        await page.waitForSelector('.safety-digits');
    },
};
const EMPTY = { empty: (page) => page.waitForSelector('.welcome .qr') };

export const picturesCases = ['pictures of a page without anybody', 'the talk that is shown takes place', 'pictures of it'];

async function shoot(browser, person, folder, scenes) {
    for (const [name, go] of Object.entries(scenes)) {
        for (const [width, height] of SIZES) {
            for (const theme of ['light', 'dark']) {
                const { page, context, problems } = await openPage(browser, await person.link(), { width, height, dark: theme === 'dark', scale: 1 });
                await page.waitForSelector('.sides');
                await go(page);
                await page.mouse.move(0, 0);
                await page.waitForTimeout(200);
                writeFileSync(join(folder, `${name}-${width}-${theme}.png`), smaller(await page.screenshot()));
                await context.close();
                assert.deepEqual(problems, []);
            }
        }
    }
}

/* Says each line when everybody has the one before, so that the order is the one above. */
async function say(people, title, lines) {
    for (const [i, [who, text]] of lines.entries()) {
        const name = (p) => (typeof title === 'string' ? title : title[p]);
        const { id } = await conversationOf(people[who], name(who));
        await people[who].call('message.send', { conversation: id, text, client_id: `${id.slice(0, 20)}-${i}` });
        const present = typeof title === 'string' ? ['ada', 'ben', 'noor', 'ines'] : Object.keys(title);
        for (const p of present) {
            await eventually(`${p} has “${text}”`, async () => (await history(people[p], name(p))).at(-1).text === text);
        }
    }
}

async function hasRead(person, title) {
    const c = await conversationOf(person, title);
    await person.call('message.read', { conversation: c.id, up_to: (await history(person, title)).at(-1).order });
}

async function theTalk(people) {
    const { ada, ben, noor, ines, dora, tomas } = people;
    for (const other of [ben, noor, ines]) {
        await befriend(ada, other);
    }
    for (const other of [ben, noor]) {
        const { contact } = await conversationOf(ada, other.name);
        await ada.call('contact.set_verified', { contact, verified: true });
    }
    const ids = await Promise.all([ben, noor, ines].map(async (p) => (await conversationOf(ada, p.name)).contact));
    await ada.call('contact.add', { address: await linkOf(tomas), name: tomas.name });
    await say({ ada, tomas }, { ada: tomas.name }, [['ada', 'Tomás, it is Ada. This is where I am now.']]);
    await say(people, { ada: noor.name, noor: ada.name }, [['ada', 'Which soup will it be?'], ['noor', FROM_NOOR]]);
    await hasRead(ada, noor.name);
    await say(people, { ada: ines.name, ines: ada.name }, FROM_INES.map((text) => ['ines', text]));
    await ada.call('conversation.create_group', { title: SUPPER, members: ids });
    for (const other of [ben, noor, ines]) {
        await eventually(`${other.name} is in it`, () => conversationOf(other, SUPPER));
    }
    await say(people, SUPPER, IN_GROUP);
    await Promise.all([ben, noor].map((p) => hasRead(p, SUPPER)));
    await say(people, { ada: ben.name, ben: ada.name }, WITH_BEN);
    await Promise.all([hasRead(ben, ada.name), hasRead(ada, ben.name), hasRead(ada, SUPPER)]);
    await dora.call('contact.add', { address: await linkOf(ada) });
    for (const [i, text] of FROM_DORA.entries()) {
        const { id } = await eventually('Dora’s side', () => conversationOf(dora, ada.name).then((c) => c ?? dora.call('conversation.list').then((l) => l.conversations[0])));
        await dora.call('message.send', { conversation: id, text, client_id: `dora-${i}` });
    }
    await eventually('Ada is asked', async () => (await conversationOf(ada, dora.name))?.state === 'request');
}

export async function pictures({ tap, world, browser, folder }) {
    const names = { ada: 'Ada Virtanen', ben: 'Ben Aalto', noor: 'Noor Haddad', ines: 'Inès Morel', dora: 'Dora Kessler', tomas: 'Tomás Quintela' };
    const people = {};
    for (const [key, name] of Object.entries(names)) {
        people[key] = await world.person(name);
    }
    mkdirSync(folder, { recursive: true });
    await eventually('Ada has a link', () => linkOf(people.ada));
    await people.ada.call('directory.claim', { handle: 'ada' });
    await tap.run(picturesCases[0], () => shoot(browser, people.ada, folder, EMPTY));
    await tap.run(picturesCases[1], () => theTalk(people));
    await tap.run(picturesCases[2], async () => {
        await shoot(browser, people.ada, folder, SCENES);
        assert.deepEqual(Object.values(people).flatMap((p) => p.faults), []);
    });
    await Promise.all(Object.values(people).map((p) => p.stop()));
}
