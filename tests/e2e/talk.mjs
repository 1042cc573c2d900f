/* Part "talk" of the end-to-end test; see run.mjs. Names, titles and texts are long enough to be looked
 * for in what the relay stores (seizure.mjs). */
import assert from 'node:assert/strict';
import { eventually } from './lib/procs.mjs';
import { PersonPage } from './lib/person_page.mjs';
import { conversationOf, history, linkOf, quiet } from './lib/views.mjs';

export const talkCases = [
    'Alice adds Bob by his link, and he accepts',
    'Alice adds Carol by her handle, and she accepts',
    'Alice and Bob exchange 50 messages, whole, once and in order',
    'Alice sees that Bob has read them',
    'Carol is added to a group while she is away, and reads what comes after',
    'Carol is removed, and nothing after it reaches her',
    'no page and no agent said anything that it should not',
];

const WORDS = [
    'Bonjour ! Ça va ? « Très bien », dit-elle : œuvre, cœur, naïveté, l’été.',
    'مرحباً، كيف حالك؟ هذا نص من اليمين إلى اليسار، مع رقم ١٢٣ وكلمة English.',
    'Family 👩‍👩‍👧‍👦, flag 🇫🇮, skin 👋🏽, heart ❤️‍🔥, and a zero-width\u200djoiner.',
    'Two lines,\nand a tab:\tthere.',
    '日本語の文章、한국어 문장, हिन्दी वाक्य, ภาษาไทย.',
    '<b>not bold</b> & "quotes" \\ backslash \u00e9 \u0065\u0301',
    'w'.repeat(300),
];
const LONG = `${'Ten thousand bytes of something to read. '.repeat(250)}`.slice(0, 10_000).trimEnd();

/** 50 messages; each says which it is, for two equal ones could not be told apart. */
export const fifty = Array.from({ length: 50 }, (_, i) => {
    if (i === 24) {
        return `25. ${LONG}`;
    }
    return i === 12 ? '👍' : `${i + 1}. ${WORDS[i % WORDS.length]}`;
});

const SUPPER = 'Supper at eight';

export async function talk({ tap, world, browser }) {
    const [alice, bob, carol] = [
        await world.person('Alice Aubertin'), await world.person('Bob Baskerville'), await world.person('Carol Castellano'),
    ];
    const a = await PersonPage.open(browser, alice);
    const b = await PersonPage.open(browser, bob);

    await tap.run(talkCases[0], async () => {
        const link = await linkOf(bob);
        await a.add(link);
        await b.accept(alice.name);
        await a.page.waitForSelector('.head:not(:has-text("Waiting for"))');
    });

    await tap.run(talkCases[1], async () => {
        const { me } = await carol.call('directory.claim', { handle: 'carol.castellano' });
        await a.add(me.handle);
        const request = await eventually('Carol gets the request', () => conversationOf(carol, alice.name));
        await carol.call('conversation.accept', { conversation: request.id });
        await eventually('Carol has accepted', async () => (await conversationOf(alice, carol.name))?.state === 'open');
    });

    await tap.run(talkCases[2], async () => {
        await a.open(bob.name);
        for (let i = 0; i < fifty.length; i++) {
            await (i % 2 === 0 ? a : b).write(fifty[i]);
            await (i % 2 === 0 ? b : a).sees(fifty[i]);
        }
        assert.deepEqual(await a.texts(), fifty);
        assert.deepEqual(await b.texts(), fifty);
    });

    await tap.run(talkCases[3], async () => {
        await a.page.waitForSelector('.history .message-own .step-read');
        await eventually('all of Alice’s messages are read', async () => {
            const { order } = (await history(alice, bob.name)).findLast((m) => m.state === 'sent');
            const { members } = await conversationOf(alice, bob.name);
            return members[1].read >= order;
        });
    });

    await tap.run(talkCases[4], async () => {
        await carol.stop();
        await carol.remember?.();
        await a.group(SUPPER, [bob.name, carol.name]);
        await a.write('Before she is back: one.');
        await b.open(SUPPER);
        await b.sees('Before she is back: one.');
        await b.write('Before she is back: two.');
        await a.sees('Before she is back: two.');
        await carol.start();
        await eventually('Carol has read both', async () => {
            const texts = (await history(carol, SUPPER)).map((m) => m.text);
            assert.deepEqual(texts, ['Before she is back: one.', 'Before she is back: two.']);
            return true;
        });
    });

    await tap.run(talkCases[5], async () => {
        await a.remove(carol.name);
        await eventually('Carol knows it', async () => (await conversationOf(carol, SUPPER)).state === 'removed');
        await a.write('After she was removed.');
        await b.sees('After she was removed.');
        await quiet();
        const texts = (await history(carol, SUPPER)).map((m) => m.text);
        assert.deepEqual(texts, ['Before she is back: one.', 'Before she is back: two.']);
    });

    const said = () => ({
        pages: [a, b].flatMap((p) => p.problems), agents: [alice, bob, carol].flatMap((p) => p.faults),
    });
    await tap.run(talkCases[6], async () => assert.deepEqual(said(), { pages: [], agents: [] }));
    return { alice, bob, carol, a, b, said };
}

export async function endOfTalk({ alice, bob, carol, a, b }) {
    await Promise.all([a, b].map((p) => p.context.close()));
    await Promise.all([alice, bob, carol].map((p) => p.stop()));
}
