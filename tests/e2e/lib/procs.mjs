/* Processes of an end-to-end test: each one's output in a file of its own, waiting for what it says,
 * killing it, and nothing left behind. Only processes that were started here are ever ended. */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEPT_LINES = 200;

export class Proc {
    /** `words`: program and arguments; `input`: written to its descriptor 3 and closed there, `open`: an
     * open descriptor to be its 3, `stdin`: written to its standard input; `keep`: so many of its lines
     * are remembered. */
    constructor(name, words, { cwd, env, log, input, open, stdin, keep = KEPT_LINES } = {}) {
        this.name = name;
        this.keep = keep;
        this.lines = [];
        this.waiting = new Set();
        this.child = spawn(words[0], words.slice(1), {
            cwd, env: { ...process.env, ...env },
            stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', input === undefined ? open ?? 'ignore' : 'pipe'],
        });
        if (stdin !== undefined) {
            this.child.stdin.on('error', () => undefined);
            this.child.stdin.end(stdin);
        }
        if (input !== undefined) {
            this.child.stdio[3].on('error', () => undefined);
            this.child.stdio[3].end(input);
        }
        const file = createWriteStream(log, { flags: 'a' });
        for (const stream of [this.child.stdout, this.child.stderr]) {
            let rest = '';
            stream.setEncoding('utf8');
            stream.on('data', (text) => {
                file.write(text);
                const lines = (rest + text).split('\n');
                rest = lines.pop();
                lines.forEach((line) => this.heard(line));
            });
        }
        this.ended = new Promise((done) => {
            this.child.once('error', (error) => done({ code: null, signal: null, error }));
            this.child.once('close', (code, signal) => done({ code, signal }));
        }).then((how) => {
            this.how = how;
            file.end();
            this.waiting.forEach((w) => w.fail(new Error(`${name} ended (${describe(how)}) before it said ${w.pattern}\n${this.tail()}`)));
            return how;
        });
    }

    get running() {
        return this.how === undefined;
    }

    tail() {
        return this.lines.slice(-12).join('\n');
    }

    heard(line) {
        this.lines.push(line);
        if (this.lines.length > this.keep) {
            this.lines.shift();
        }
        for (const w of this.waiting) {
            const match = w.pattern.exec(line);
            if (match) {
                w.done(match);
            }
        }
    }

    /** The first line that fits, said already or within `ms`; fails when the process ends before. */
    said(pattern, ms = 15_000) {
        const before = this.lines.map((line) => pattern.exec(line)).find(Boolean);
        if (before) {
            return Promise.resolve(before);
        }
        return new Promise((resolve, reject) => {
            const end = (finish) => (value) => {
                clearTimeout(timer);
                this.waiting.delete(w);
                finish(value);
            };
            const w = { pattern, done: end(resolve), fail: end(reject) };
            const timer = setTimeout(() => w.fail(new Error(`${this.name} did not say ${pattern} in ${ms} ms\n${this.tail()}`)), ms);
            this.waiting.add(w);
            if (!this.running) {
                w.fail(new Error(`${this.name} has ended (${describe(this.how)})\n${this.tail()}`));
            }
        });
    }

    /** Sends a signal and waits for the end; a process that ignores it is killed after `ms`. */
    async end(signal = 'SIGTERM', ms = 10_000) {
        if (this.running) {
            this.child.kill(signal);
            const timer = setTimeout(() => this.child.kill('SIGKILL'), ms);
            await this.ended;
            clearTimeout(timer);
        }
        return this.how;
    }
}

function describe({ code, signal, error }) {
    return error ? error.message : signal ?? `code ${code}`;
}

/** Runs a program to its end and gives what it printed; fails unless it ends with 0. */
export async function output(name, words, options) {
    const p = new Proc(name, words, options);
    const how = await p.ended;
    if (how.code !== 0) {
        throw new Error(`${words.join(' ')} ended with ${describe(how)}\n${p.tail()}`);
    }
    return p.lines.join('\n');
}

/** A folder for one run and the processes in it; end() leaves nothing of either. */
export class Stage {
    constructor({ keep = false } = {}) {
        this.keep = keep;
        this.folder = mkdtempSync(join(tmpdir(), 'sotto-e2e-'));
        this.procs = [];
        this.emergency = () => this.procs.forEach((p) => p.running && p.child.kill('SIGKILL'));
        process.on('exit', this.emergency);
    }

    path(...parts) {
        return join(this.folder, ...parts);
    }

    start(name, words, options = {}) {
        const p = new Proc(name, words, { log: this.path(`${name}.log`), ...options });
        this.procs.push(p);
        return p;
    }

    async end() {
        await Promise.all(this.procs.map((p) => p.end()));
        process.off('exit', this.emergency);
        if (!this.keep) {
            rmSync(this.folder, { recursive: true, force: true });
        }
    }
}

/** A port of the loopback interface that nobody listens on at this moment. */
export function freePort() {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

/** All pauses of the test are so many times as long: 1, but for trying the test itself. */
export const patience = { factor: 1 };

/** Tries until `fn` gives something true, or `ms` have passed; `what` is named then. */
export async function eventually(what, fn, ms = 30_000) {
    const end = Date.now() + ms * patience.factor;
    let last = null;
    for (;;) {
        try {
            const value = await fn();
            if (value) {
                return value;
            }
        } catch (error) {
            last = error;
        }
        if (Date.now() > end) {
            throw new Error(`not within ${ms} ms: ${what}${last ? `\n${last.message}` : ''}`);
        }
        await new Promise((done) => setTimeout(done, 50));
    }
}
