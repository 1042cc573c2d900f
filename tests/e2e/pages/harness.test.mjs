/* The end-to-end test is itself tested here: among mock agents it passes, and with each fault that it
 * is there to find, it fails; its processes are waited for, killed and cleared away. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Chance } from '../lib/chance.mjs';
import { Proc, Stage, freePort } from '../lib/procs.mjs';

const RUN = fileURLToPath(new URL('../run.mjs', import.meta.url));

function run(...more) {
    const r = spawnSync(process.execPath, [RUN, '--mock', '--seed', '5', ...more], { encoding: 'utf8' });
    return { status: r.status, failed: r.stdout.split('\n').find((line) => line.startsWith('not ok')) ?? '', text: r.stdout };
}

test('among mock agents two people talk, a third comes and goes, and kills lose nothing', () => {
    const r = run('--rounds', '4');
    assert.equal(r.status, 0, r.text);
});

for (const [fault, part, found] of [
    ['lose', 'talk', /exchange 50 messages/], ['double', 'talk', /exchange 50 messages/], ['leak', 'talk', /removed/],
    ['swap', 'kills', /every message (is sent|arrives once)/],
]) {
    test(`a world that does this is found out: ${fault}`, () => {
        const r = run('--fault', fault, '--part', part, '--rounds', '2', '--patience', '0.05');
        assert.equal(r.status, 1);
        assert.match(r.failed, found);
    });
}

const node = (script) => [process.execPath, '-e', script];

function stage(t) {
    const s = new Stage();
    t.after(() => s.end());
    return s;
}

test('a process is waited for by what it says, on either stream, before or after', async (t) => {
    const s = stage(t);
    const p = s.start('talker', node('console.error("event=ready n=7"); setTimeout(() => console.log("later"), 50); setInterval(() => {}, 1e6)'));
    assert.equal((await p.said(/ready n=(\d)/))[1], '7');
    await p.said(/later/);
    await p.said(/ready/);
});

test('waiting fails with the last words, when the process ends first and when time is up', async (t) => {
    const s = stage(t);
    await assert.rejects(s.start('a', node('console.log("sorry"); process.exit(3)')).said(/ready/), /code 3[\s\S]*sorry/);
    await assert.rejects(s.start('b', node('setInterval(() => {}, 1e6)')).said(/ready/, 100), /did not say/);
    await assert.rejects(s.start('c', ['/nonexistent/program']).said(/ready/), /ENOENT/);
});

test('a killed process is gone when kill returns, and the end leaves no process and no folder', async () => {
    const s = new Stage();
    const p = s.start('stubborn', node('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1e6)'));
    await p.said(/up/);
    assert.deepEqual(await p.end('SIGKILL'), { code: null, signal: 'SIGKILL' });
    assert.throws(() => process.kill(p.child.pid, 0));
    const q = s.start('other', node('console.log("up"); setInterval(() => {}, 1e6)'));
    await q.said(/up/);
    await s.end();
    assert.equal(q.running, false);
    assert.equal(existsSync(s.folder), false);
});

test('a process that ignores SIGTERM is killed after a while', async (t) => {
    const p = stage(t).start('deaf', node('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1e6)'));
    await p.said(/up/);
    assert.equal((await p.end('SIGTERM', 200)).signal, 'SIGKILL');
});

test('a secret goes in by descriptor 3, and is in no argument', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-fd-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const p = new Proc('reader', node('console.log("got " + require("fs").readFileSync(3, "utf8"))'), { log: join(folder, 'log'), input: 'pass' });
    await p.said(/got pass/);
    await p.ended;
    assert.match(readFileSync(join(folder, 'log'), 'utf8'), /got pass/);
    assert.ok(!p.child.spawnargs.includes('pass'));
});

test('the same seed makes the same choices, another one others', () => {
    const list = (seed) => {
        const c = new Chance(seed);
        return Array.from({ length: 20 }, () => c.between(0, 1000));
    };
    assert.deepEqual(list(1), list(1));
    assert.notDeepEqual(list(1), list(2));
    assert.ok(list(3).every((n) => n >= 0 && n <= 1000));
});

test('two free ports are ports', async () => {
    assert.ok((await freePort()) > 1023 && (await freePort()) < 65536);
});
