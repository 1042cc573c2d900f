/* Two people in two terminals: everything by the sub-commands of `sotto`, one relay, real processes.
 *
 *     node tests/e2e/agent/terminal.mjs [--bin build/bin] [--keep] */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../lib/procs.mjs';
import { onStage } from './stage.mjs';

const CASES = [
    'help is there for each command, and misuse is told',
    'init makes a person, shows the recovery key once, and keeps the folder to its owner',
    'an interrupted init leaves nothing that stands in the way',
    'the agent is started when it is needed, knows the passphrase, and nothing of a command line',
    'a wrong passphrase, or none, is told',
    'a second agent on the same folder is refused',
    'Alice adds Bob by link, he accepts, both have one safety number',
    '50 messages go both ways, once and in order',
    'what is written while the other is away arrives when he is back, also over restarts of all three',
    'a thousand lines from standard input are a thousand messages',
    'a handle is claimed and found; names that fit several or nobody are refused',
    'a group: create, members, add, remove, leave',
    'chat in a terminal: what comes appears, what is typed goes',
    'chat and read --follow without a terminal',
    'a relay that is away is told, and nothing is lost',
    'stop ends the agent, and status tells',
];

const PASSPHRASE = 'correct horse battery staple\n';
const UTF8 = { LC_ALL: 'C.UTF-8' };

/** `sotto COMMAND …` as one person: {code, out, err}. stdin: text; the passphrase is on descriptor 3. */
function terminal(bin, dir, passphrase = PASSPHRASE) {
    return function sotto(command, args = [], { stdin, secret = passphrase } = {}) {
        const words = [command, '--dir', dir, ...(secret === null ? [] : ['--passphrase-fd', '3']), ...args];
        const child = spawn('setsid', ['-w', join(bin, 'sotto'), ...words], {
            stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', secret === null ? 'ignore' : 'pipe'],
            env: { ...process.env, ...UTF8 },
        });
        if (secret !== null) {
            child.stdio[3].on('error', () => undefined);
            child.stdio[3].end(secret);
        }
        child.stdin?.on('error', () => undefined);
        child.stdin?.end(stdin);
        const parts = { out: [], err: [] };
        child.stdout.on('data', (b) => parts.out.push(b));
        child.stderr.on('data', (b) => parts.err.push(b));
        return new Promise((resolve) => child.once('close', (code) => resolve({
            code, out: Buffer.concat(parts.out).toString(), err: Buffer.concat(parts.err).toString(),
        })));
    };
}

async function good(promise) {
    const done = await promise;
    assert.equal(done.code, 0, done.err || done.out);
    return done.out;
}

/* `sotto init` at a terminal: each line is typed when a question stands there; then whether the terminal
 * echoes is told. */
function initTyped(bin, dir, relay, lines) {
    const shell = `trap : INT; '${join(bin, 'sotto')}' init --name Ann --relay '${relay}' --dir '${dir}'; code=$?; stty -a | grep -q -- '-echo ' || echo echo is on; exit $code`;
    const child = spawn('script', ['-qefc', shell, '/dev/null'], { env: { ...process.env, ...UTF8, TERM: 'xterm' } });
    const screen = [];
    let asked = 0;
    child.stdout.on('data', (b) => {
        screen.push(b);
        const questions = Buffer.concat(screen).toString().split(/device: |again: |\(yes\/no\) /).length - 1;
        while (asked < questions) {
            const line = lines[asked++] ?? '';
            child.stdin.write(line === '\x03' ? line : `${line}\r`);
        }
    });
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, out: Buffer.concat(screen).toString() })));
}

const jsonLines = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));

/** The texts of a conversation, with whose they are. */
async function talk(sotto, who) {
    const all = jsonLines(await good(sotto('read', [who, '--all', '--peek', '--json'])));
    return all.filter((m) => !m.notice).map((m) => `${m.client_id === null ? 'they' : 'I'}: ${m.text}`);
}

const pidOf = (dir) => Number(readFileSync(join(dir, 'lock'), 'utf8'));

async function main({ tap, world, stage, bin }) {
    const dirs = { alice: stage.path('alice'), bob: stage.path('bob'), carol: stage.path('carol') };
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => terminal(bin, dirs[name]));
    const init = (sotto, name, ...more) => sotto('init', ['--name', name, '--relay', world.relay.url, ...more]);
    const said = { alice: [], bob: [] };
    /* What `sotto` with just these words says. */
    const bare = (...words) => new Promise((resolve) => execFile(join(bin, 'sotto'), words, (_, out, err) => resolve(out + err)));

    await tap.run(CASES[0], async () => {
        assert.match(await good(alice('help')), /Exit codes: /);
        for (const name of ['init', 'run', 'ui', 'me', 'handle', 'add', 'people', 'verify', 'list', 'accept', 'decline', 'send', 'read',
            'chat', 'group', 'status', 'stop']) {
            const out = await good(alice(name, ['--help']));
            assert.ok(out.startsWith(`sotto ${name}`), name);
        }
        for (const [name, args] of [['nonsense', []], ['add', []], ['send', []], ['me', ['--nonsense']], ['run', ['--port', '70000']],
            ['group', ['nonsense', 'x']], ['group', ['add', 'x']], ['status', ['too', 'much']]]) {
            const done = await alice(name, args);
            assert.equal(done.code, 2, `${name} ${args}: ${done.err}`);
            assert.match(done.err, /^sotto: /);
        }
        assert.equal(await bare('help', 'send'), await good(alice('send', ['--help'])));
        assert.match(await bare(), /Begin with sotto init/);
        assert.match(await bare('sned'), /Did you mean: sotto send/);
        assert.doesNotMatch(await bare('nonsense'), /Did you mean/);
        assert.match(await bare('help', 'gruop'), /Did you mean: sotto group/);
        assert.match(await bare('add'), /something is missing\nsotto add LINK\|HANDLE@RELAY \[NAME\]\nMore: sotto help add\n$/);
        assert.match(await bare('run', '--port'), /run: --port needs a value/);
        assert.match(await bare('me', '--nonsense'), /me: there is no option --nonsense/);
        assert.match(await bare('me', '-x'), /me: there is no option -x/);
        assert.equal((await alice('list')).code, 4, 'nobody lives here yet');
    });

    await tap.run(CASES[1], async () => {
        const typed = await initTyped(bin, stage.path('ann'), world.relay.url, ['gooseberry', 'mulberry', 'elderberry', 'elderberry', 'yes']);
        assert.equal(typed.code, 0, typed.out);
        assert.match(typed.out, /not the same; once more[^]*Your recovery key/);
        assert.doesNotMatch(typed.out, /berry/, 'nothing of it is shown');
        for (const [lines, code, said] of [
            [['a', 'b', 'a', 'b', 'a', 'b'], 6, /not the same; nothing was made/], [['secret', '\x03'], 130, /The same again: /],
        ]) {
            const none = await initTyped(bin, stage.path('nobody'), world.relay.url, lines);
            assert.equal(none.code, code, none.out);
            assert.match(none.out, said);
            assert.ok(!existsSync(stage.path('nobody', 'store.key')));
            assert.match(none.out, /echo is on/, 'the terminal shows again what is typed');
        }
        const out = await good(init(alice, 'Alice'));
        assert.match(out, /\n {4}([a-z2-7]{4}-)+[a-z2-7]{4}\n/);
        const again = await init(alice, 'Mallory');
        assert.equal(again.code, 1);
        assert.match(again.err, /somebody lives here already/);
        assert.equal(statSync(dirs.alice).mode & 0o777, 0o700);
        for (const file of ['store.db', 'store.key', 'agent.json', 'lock']) {
            assert.equal(statSync(join(dirs.alice, file)).mode & 0o077, 0, file);
        }
        for (const bad of [['--relay', 'http://x'], ['--relay', 'ws://127.0.0.1:1/path'], ['--name', 'x'.repeat(65)],
            ['--relay', 'ws://user@host'], ['--postage-file', '/does/not/exist']]) {
            const done = await carol('init', bad);
            assert.equal(done.code, 2, `${bad}: ${done.err}`);
        }
    });

    await tap.run(CASES[2], async () => {
        assert.ok(!existsSync(join(dirs.carol, 'store.key')));
        writeFileSync(join(dirs.carol, 'store.db'), 'what an interrupted init left');
        assert.equal((await carol('list')).code, 4);
        await good(init(carol, 'Carol'));
        await good(init(bob, 'Bob'));
    });

    await tap.run(CASES[3], async () => {
        const out = await good(alice('me'));
        assert.match(out, /^sotto:[\w-]+$/m);
        const words = readFileSync(`/proc/${pidOf(dirs.alice)}/cmdline`, 'utf8').split('\0');
        assert.equal(words[1], 'run');
        assert.equal(statSync(join(dirs.alice, 'agent.sock')).mode & 0o777, 0o600);
        chmodSync(dirs.alice, 0o755);
        const open = await alice('list');
        assert.equal(open.code, 4);
        assert.match(open.err, /chmod 700/);
        chmodSync(dirs.alice, 0o700);
        await good(alice('me', ['--name', 'Alice A.']));
    });

    await tap.run(CASES[4], async () => {
        for (const secret of ['wrong\n', '', '\n', `${PASSPHRASE.trim()}x\n`]) {
            const wrong = await bob('me', [], { secret });
            assert.equal(wrong.code, 6, JSON.stringify(secret));
            assert.match(wrong.err, /passphrase is wrong/);
        }
        const none = await bob('me', [], { secret: null });
        assert.equal(none.code, 6);
        assert.match(none.err, /--passphrase-fd/);
        assert.equal((await bob('run', [], { secret: 'wrong\n' })).code, 6);
    });

    await tap.run(CASES[5], async () => {
        const second = await alice('run');
        assert.equal(second.code, 7);
        assert.ok(second.err.includes(`process ${pidOf(dirs.alice)}`), second.err);
        assert.equal((await alice('run', ['--detach'])).code, 7);
        await good(alice('status'));
    });

    await tap.run(CASES[6], async () => {
        const link = /^sotto:.*$/m.exec(await good(bob('me')))[0];
        await good(alice('add', [link, 'Bob']));
        await eventually('Bob has a request', async () => (await good(bob('list'))).includes('[request]'));
        await good(bob('accept', ['Alice A.']));
        await eventually('Alice knows', async () => !(await good(alice('list'))).includes('[pending]'));
        const a = JSON.parse(await good(alice('verify', ['Bob', '--json'])));
        const b = JSON.parse(await good(bob('verify', ['Alice A.', '--json'])));
        assert.equal(a.digits, b.digits);
        assert.match(await good(alice('verify', ['Bob', '--yes'])), /Bob is verified/);
        assert.match(await good(alice('people')), /\[verified\]/);
        assert.match(await good(alice('verify', ['Bob', '--no'])), /no longer/);
        assert.match(await good(alice('ui', ['--no-open'])), /^http:\/\/127\.0\.0\.1:\d+\/#secret=[\w-]{43}\n$/);
    });

    const both = async () => {
        const [a, b] = [await talk(alice, 'Bob'), await talk(bob, 'Alice A.')];
        assert.deepEqual(b, a.map((t) => (t.startsWith('I: ') ? t.replace('I: ', 'they: ') : t.replace('they: ', 'I: '))));
        return a;
    };
    const arrived = (n) => eventually(`${n} messages on both sides`, async () =>
        (await talk(alice, 'Bob')).length === n && (await talk(bob, 'Alice A.')).length === n);

    await tap.run(CASES[7], async () => {
        const texts = ['مرحباً', '👩‍👩‍👧‍👦 🇫🇮', 'deux\nlignes', 'œuvre « naïve »', 'x'.repeat(9999)];
        for (let i = 0; i < 50; i++) {
            const text = `${i} ${texts[i % texts.length]}`;
            if (i % 2 === 0) {
                await good(alice('send', ['Bob', text, '--wait']));
                said.alice.push(text);
            } else {
                await good(bob('send', ['Alice A.', '--wait'], { stdin: text }));
                said.bob.push(text);
            }
        }
        await arrived(50);
        const all = await both();
        assert.deepEqual(all.filter((t) => t.startsWith('I: ')).map((t) => t.slice(3)), said.alice);
        assert.deepEqual(all.filter((t) => t.startsWith('they: ')).map((t) => t.slice(6)), said.bob);
        await good(bob('read', ['Alice A.']));
        assert.equal(JSON.parse(await good(bob('status', ['--json']))).unread, 0);
    });

    await tap.run(CASES[8], async () => {
        await good(bob('stop'));
        for (let i = 0; i < 5; i++) {
            await good(alice('send', ['Bob', `away ${i}`, '--wait']));
        }
        await world.relay.kill();
        await good(alice('send', ['Bob', 'written without a relay']));
        process.kill(pidOf(dirs.alice), 'SIGKILL');
        await eventually('Alice’s agent is gone', async () => (await alice('status')).code === 4);
        await good(bob('send', ['Alice A.', 'written by Bob before all are back']));
        await world.relay.start();
        await good(alice('list'));
        await good(bob('status', ['--retry']));
        await arrived(57);
        const all = await both();
        assert.deepEqual(all.slice(50).filter((t) => t.startsWith('I: ')).map((t) => t.slice(3)),
            [...Array(5).keys()].map((i) => `away ${i}`).concat('written without a relay'));
    });

    await tap.run(CASES[9], async () => {
        const lines = Array.from({ length: 1000 }, (_, i) => `line ${i} of a long text`);
        await good(alice('send', ['Bob', '--lines', '--wait'], { stdin: `${lines.join('\n')}\n\n   \n` }));
        await eventually('all lines are there', async () => (await talk(bob, 'Alice A.')).length === 1057, 60_000);
        assert.deepEqual((await talk(bob, 'Alice A.')).slice(57), lines.map((l) => `they: ${l}`));
        for (const stdin of ['', '\n']) {
            assert.equal((await alice('send', ['Bob'], { stdin })).code, 2);
        }
        assert.equal((await alice('send', ['Bob'], { stdin: 'x'.repeat(64001) })).code, 2);
        assert.equal((await alice('send', ['Bob'], { stdin: Buffer.from([0xff, 0xfe]) })).code, 2);
        assert.equal((await alice('send', ['Bob', 'bell \u0007'])).code, 1);
    });

    await tap.run(CASES[10], async () => {
        const mine = /added as (\S+)/.exec(await good(carol('handle', ['carol'])))[1];
        assert.equal(mine, `carol@${world.relay.name}`);
        assert.equal((await bob('handle', ['carol'])).code, 1);
        await good(alice('add', [mine]));
        await eventually('Carol is asked', async () => (await good(carol('list'))).includes('[request]'));
        await good(carol('accept', ['Alice A.']));
        const broken = await alice('add', ['sotto:broken']);
        assert.equal(broken.code, 1);
        assert.match(broken.err, /a link begins with “sotto:”/);
        const nobody = await alice('add', [`nobody@${world.relay.name}`]);
        assert.equal(nobody.code, 3);
        assert.match(nobody.err, /Nobody has this handle/);
        assert.equal((await alice('send', ['Nobody', 'x'])).code, 3);
        await eventually('Carol’s name came', async () => (await good(alice('people'))).includes('Carol'));
        assert.deepEqual(await talk(alice, 'carol'), [], 'by the bare handle');
        assert.deepEqual(await talk(alice, mine), []);
        const people = jsonLines(await good(alice('people', ['--json'])));
        const id = people.find((p) => p.name === 'Carol').id;
        assert.deepEqual(await talk(alice, id.slice(0, 10)), [], 'by the beginning of an id');
        await good(carol('me', ['--name', 'Bob']));
        await good(carol('send', ['Alice A.', 'my name is Bob now', '--wait']));
        const several = await eventually('two are called Bob', async () => {
            const done = await alice('send', ['Bob', 'x']);
            return done.code === 3 && done;
        });
        assert.match(several.err, /may be any of these/);
        assert.equal(several.err.split(/^sotto: {3}[0-9a-f]{12} {2}Bob$/m).length, 3, several.err);
        await good(carol('me', ['--name', 'Carol']));
        await good(carol('send', ['Alice A.', 'Carol again', '--wait']));
        await eventually('Bob is one again', async () => (await alice('read', ['Bob', '--peek'])).code === 0);
    });

    await tap.run(CASES[11], async () => {
        assert.match(await good(alice('group', ['create', 'Supper', 'Bob'])), /Made “Supper”, 2 people/);
        assert.match(await good(alice('group', ['add', 'Supper', 'Carol'])), /3 people/);
        await eventually('Carol is in it', async () => (await good(carol('list'))).includes('Supper'));
        assert.match(await good(alice('group', ['members', 'Supper'])), /Alice A\. \(you\) {2}\[admin\]/);
        await good(alice('send', ['Supper', 'Who brings the salt?', '--wait']));
        await eventually('Bob reads it', async () => (await talk(bob, 'Supper')).includes('they: Who brings the salt?'));
        assert.equal((await bob('group', ['remove', 'Supper', 'Carol'])).code, 1, 'no admin');
        assert.equal((await alice('group', ['add', 'Supper', 'Bob'])).code, 1, 'is a member');
        assert.match(await good(alice('group', ['remove', 'Supper', 'Carol'])), /2 people/);
        await eventually('Carol is out', async () => (await good(carol('list'))).includes('[removed]'));
        assert.equal((await carol('send', ['Supper', 'x'])).code, 1);
        await good(bob('group', ['leave', 'Supper']));
        await eventually('Bob has left', async () => (await good(bob('list'))).includes('[left]'));
        await eventually('Alice is alone', async () => /1 people|^[0-9a-f]{12} {2}Alice A\. \(you\)[^\n]*\n$/.test(await good(alice('group', ['members', 'Supper']))));
    });

    await tap.run(CASES[12], async () => {
        const screen = [];
        const shell = `'${join(bin, 'sotto')}' chat Bob --dir '${dirs.alice}'`;
        const chat = spawn('script', ['-qefc', shell, '/dev/null'], { env: { ...process.env, ...UTF8, TERM: 'xterm' } });
        chat.stdout.on('data', (b) => screen.push(b));
        const shown = () => Buffer.concat(screen).toString();
        const ended = new Promise((resolve) => chat.once('close', resolve));
        await eventually('the prompt', () => shown().includes('> '));
        chat.stdin.write('Hello éé');
        await eventually('the line is drawn', () => shown().endsWith('Hello éé'));
        await good(bob('send', ['Alice A.', 'meanwhile', '--wait']));
        await eventually('what comes appears, and the line again under it', () => /Bob: meanwhile\r?\n[^\n]*> Hello éé$/.test(shown()));
        chat.stdin.write('\x7f\x7f\x1b[Dthere\r');
        await eventually('Bob reads what was typed', async () => (await talk(bob, 'Alice A.')).at(-1) === 'they: Hello there');
        chat.stdin.write('\x04');
        assert.equal(await ended, 0);
    });

    await tap.run(CASES[13], async () => {
        await good(bob('chat', ['Alice A.'], { stdin: 'from a pipe\nand again\nwithout an end' }));
        await eventually('Alice has them', async () => {
            const last = (await talk(alice, 'Bob')).slice(-3);
            return last.join() === 'they: from a pipe,they: and again,they: without an end';
        });
        const follow = spawn(join(bin, 'sotto'), ['read', 'Bob', '--follow', '--dir', dirs.alice], { env: { ...process.env, ...UTF8 } });
        const lines = [];
        follow.stdout.on('data', (b) => lines.push(b));
        const shown = () => Buffer.concat(lines).toString();
        await eventually('the history', () => shown().includes('and again'));
        await good(bob('send', ['Alice A.', 'to be followed', '--wait']));
        await eventually('what comes', () => shown().includes('Bob: to be followed'));
        assert.equal(shown().split('to be followed').length, 2, 'once');
        follow.kill();
    });

    await tap.run(CASES[14], async () => {
        await world.relay.stop();
        await eventually('it is noticed', async () => JSON.parse(await good(alice('status', ['--json']))).connection.state !== 'online');
        const [claim, group] = await Promise.all([alice('handle', ['alice']), alice('group', ['create', 'None', 'Bob'])]);
        assert.equal(claim.code, 5);
        assert.match(claim.err, /relay cannot be reached/);
        assert.equal(group.code, 5);
        await good(alice('send', ['Bob', 'kept for later']));
        assert.match(await good(alice('read', ['Bob', '--last', '1'])), /\(waiting\) kept for later/);
        await world.relay.start();
        await good(alice('status', ['--retry']));
        await good(bob('status', ['--retry']));
        await eventually('it arrived', async () => (await talk(bob, 'Alice A.')).at(-1) === 'they: kept for later');
        assert.ok(!(await good(alice('list'))).includes('None'));
    });

    await tap.run(CASES[15], async () => {
        for (const [sotto, dir] of [[alice, dirs.alice], [bob, dirs.bob], [carol, dirs.carol]]) {
            await good(sotto('stop'));
            assert.equal((await sotto('status')).code, 4);
            assert.equal((await sotto('stop')).code, 4);
            assert.ok(!existsSync(join(dir, 'agent.sock')));
        }
    });
    for (const dir of Object.values(dirs)) { /* whatever went wrong, nothing of ours stays */
        const pid = existsSync(join(dir, 'agent.sock')) ? pidOf(dir) : 0;
        if (pid > 0) {
            process.kill(pid, 'SIGTERM');
        }
    }
}

await onStage(CASES, main);
