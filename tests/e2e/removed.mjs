/* What a removed member can still get from the relay, after "talk", among its people: Carol is added to a
 * group while she is away, reads, and is away again; things are said, somebody is added, more is said,
 * and she is removed. Then somebody without a device behind it speaks to the relay in bare frames, with
 * the tokens of her two epochs and the real key of her cursor, which the commit has closed: it gets
 * everything up to the commit that removed her, and not one byte after it. What came after is kept by
 * the relay meanwhile, for Bob, and the same frames with a current token get it. */
import assert from 'node:assert/strict';
import { eventually } from './lib/procs.mjs';
import { befriend, conversationOf, history } from './lib/views.mjs';

export const removedCases = [
    'Carol is added to a second group while she is away, reads what comes after, and goes away again',
    'somebody is added, she is removed, and the others write on while one of them is away',
    'her older token and her closed cursor give what was said in that epoch, and the commit that ended it',
    'her last token and her closed cursor give all up to the commit that removed her',
    'none of her tokens opens what came after, nor lets her write, hear or ask',
    'the control: a member’s token gives what came after, and none of it was in any answer to Carol',
    'Carol comes back, has what came before her removal and knows the rest is not hers; her device keeps no key of it',
];

const TITLE = 'Harbour committee';
const READ = 'Carol will read this.';
const FOR_HER = ['While you are away: the first thing.', 'While you are away: the second thing.'];
const NOT_FOR_HER = ['Without her: the first thing.', 'Without her: the second thing.'];
const HEAD = 128; /* digits: the beginning names the group, and is the same in each entry */
const GATE = '5a*32';

const textsOf = async (person) => (await history(person, TITLE)).map((m) => m.text);
const has = (person, texts) => eventually(`${person.name} has read ${texts.length}`, async () => {
    assert.deepEqual(await textsOf(person), texts);
    return true;
});

/* The agent of a person stops, and the test takes from the store what opens the group's log. */
async function leaveWithGate(person) {
    await person.stop();
    await person.remember();
    const gate = (await person.gates()).find((g) => g.title === TITLE);
    assert.ok(gate, `${person.name} holds the gate of ${TITLE}`);
    return gate;
}

const follow = (channel, g, epoch = g.epoch, from = 0) => `follow ${channel} ${g.log} ${epoch} ${g.token} ${g.reader} ${from}`;
const entriesOf = (lines) => lines.filter(([name]) => name === 'entry').map(([, , seq, kind, , data]) => ({ seq: Number(seq), kind, data }));
const answersOf = (lines) => lines.filter(([name]) => !['entry', 'part'].includes(name)).map((line) => line.join(' '));

export async function removed({ tap, world }, { alice, bob, carol, a, b }) {
    const knock = (commands) => world.tools.knock(world.relay.port, commands);
    const dora = await world.person('Dora Dandelion');
    const heard = []; /* all that the relay told Carol's tokens */
    const her = async (commands) => {
        const lines = await knock(commands);
        heard.push(...lines);
        return lines;
    };
    let older, last, current, commit;

    await tap.run(removedCases[0], async () => {
        await befriend(alice, dora);
        await carol.stop();
        await a.group(TITLE, [bob.name, carol.name]);
        await a.write(READ);
        await carol.start();
        await has(carol, [READ]);
        older = await leaveWithGate(carol);
    });

    await tap.run(removedCases[1], async () => {
        await a.write(FOR_HER[0]);
        await has(bob, [READ, FOR_HER[0]]);
        const { id } = await conversationOf(alice, TITLE);
        await alice.call('conversation.add', { conversation: id, contact: (await conversationOf(alice, dora.name)).contact });
        await a.write(FOR_HER[1]);
        await has(dora, [FOR_HER[1]]);
        const { epoch, token } = await leaveWithGate(alice);
        last = { ...older, epoch, token };
        assert.equal(last.epoch, older.epoch + 1);
        assert.notEqual(last.token, older.token);
        await alice.start();
        await a.remove(carol.name);
        await eventually('Bob knows it', async () => !(await conversationOf(bob, TITLE)).members.some((m) => m.name === carol.name));
        await bob.stop();
        await bob.remember();
        for (const text of NOT_FOR_HER) {
            await a.write(text);
        }
        await has(dora, [FOR_HER[1], ...NOT_FOR_HER]);
        current = await leaveWithGate(alice);
        await alice.start();
        assert.deepEqual([current.log, current.epoch], [last.log, last.epoch + 1]);
    });

    /* All entries of an epoch from its first one, or from where her cursor stands, to its end, and that the
     * relay says no more. The cursor may lie behind the device, which can stop before it told the relay. */
    const wholeEpoch = async (channel, gate, first) => {
        const lines = await her([follow(channel, gate), 'listen 1500']);
        const [answer, ...more] = answersOf(lines);
        assert.deepEqual(more, []);
        const [, status, cursor, place, , end, ended] = answer.split(' ');
        assert.deepEqual({ status, cursor, ended }, { status: 'OK', cursor: '2', ended: '1' }, 'a closed cursor in an epoch that is over');
        assert.ok(Number(place) > 0 && Number(place) <= older.n, `it stands at ${place}, no further than Carol’s device, at ${older.n}`);
        const from = first ?? Number(place) + 1;
        const entries = entriesOf(lines);
        assert.deepEqual(entries.map((e) => e.seq), Array.from({ length: Number(end) - from + 1 }, (_, i) => from + i), 'without holes to the end');
        assert.ok(entries.length >= 2, 'a message and a commit at least');
        assert.deepEqual(entries.map((e) => e.kind), [...entries.slice(1).map(() => '0'), '1'], 'the commit is the last thing');
        const again = await her([follow(channel + 1, gate, gate.epoch, from), 'listen 300', `ack ${channel + 1} ${Number(end) + 1}`]);
        assert.deepEqual(entriesOf(again), entries, 'and again, alike');
        assert.equal(answersOf(again)[1], 'ack RANGE', 'beyond the commit there is nothing to acknowledge');
        return Number(end);
    };
    let middle;

    await tap.run(removedCases[2], async () => {
        middle = await wholeEpoch(1, older);
    });

    await tap.run(removedCases[3], async () => {
        commit = await wholeEpoch(1, last, middle + 1);
    });

    await tap.run(removedCases[4], async () => {
        const fresh = { ...last, reader: 'c4*32' }; /* a cursor that nobody ever closed */
        const written = ['ac*256', 'ac*1024'];
        const lines = await her([
            follow(1, last, last.epoch + 1), follow(2, older, last.epoch + 1), follow(3, fresh, last.epoch + 1),
            follow(4, last, last.epoch, commit + 1), follow(5, last, last.epoch, commit + 2), follow(6, fresh, last.epoch, middle + 1),
            `append 4 ${last.epoch} ${written[0]}`, `append 4 ${last.epoch + 1} ${written[0]}`, `append 6 ${last.epoch} ${written[0]}`,
            `commit 4 ${last.epoch} ${GATE} ${written[1]}`, `commit 4 ${last.epoch + 1} ${GATE} ${written[1]}`,
            `nudge 4 ${last.epoch}`, `nudge 4 ${last.epoch + 1}`, `cursors 4 ${GATE}`,
            'listen 300', `ack 6 ${commit} ${last.epoch + 1} ${last.token}`, `side ${last.log} ${last.epoch + 1} ${last.token}`,
            'listen 1500',
        ]);
        const refused = answersOf(lines).map((line) => line.split(' ').slice(0, 2).join(' '));
        const refusal = (name, ...fit) => {
            const at = refused.findIndex((line) => line.startsWith(name));
            const [answer] = refused.splice(at, 1);
            assert.ok(fit.includes(answer.split(' ')[1]), `${answer}, one of ${fit.join(', ')} was due`);
        };
        ['DENIED', 'DENIED', 'DENIED', 'OK', 'RANGE', 'OK'].forEach((status) => refusal('follow', status));
        ['append', 'append', 'append', 'commit', 'commit', 'nudge', 'nudge', 'cursors'].forEach((name) => refusal(name, 'STALE', 'READER'));
        refusal('ack', 'DENIED');
        refusal('side', 'DENIED');
        assert.deepEqual(refused, []);
        const seen = entriesOf(lines);
        assert.ok(seen.every((e) => e.seq <= commit));
    });

    await tap.run(removedCases[5], async () => {
        const lines = await knock([follow(1, { ...current, reader: '77*32' }, current.epoch, commit + 1), 'listen 500', 'leave 1']);
        const after = entriesOf(lines);
        assert.equal(Number(answersOf(lines)[0].split(' ')[4]), commit, 'the new epoch begins with the commit that removed her');
        assert.ok(after.length >= NOT_FOR_HER.length, 'what came after is there to be had');
        assert.ok(after.every((e) => e.data.length >= 512));
        const all = heard.flat().join(' ');
        for (const e of after) {
            for (let at = HEAD; at + 16 <= e.data.length; at += 16) {
                assert.ok(!all.includes(e.data.slice(at, at + 16)), `bytes of entry ${e.seq}`);
            }
        }
    });

    await tap.run(removedCases[6], async () => {
        await bob.start();
        await has(bob, [READ, ...FOR_HER, ...NOT_FOR_HER]);
        await b.open(TITLE);
        await b.sees(NOT_FOR_HER[1]);
        await carol.start();
        await eventually('Carol knows it', async () => (await conversationOf(carol, TITLE)).state === 'removed');
        assert.deepEqual(await textsOf(carol), [READ, ...FOR_HER]);
        await new Promise((done) => setTimeout(done, 500));
        assert.deepEqual(await textsOf(carol), [READ, ...FOR_HER]);
        await carol.stop();
        const own = (await carol.gates()).find((g) => g.title === TITLE);
        assert.equal(own, undefined, 'her device keeps no key of what it was removed from');
        await carol.start();
    });
    await dora.stop();
    await dora.remember();
}
