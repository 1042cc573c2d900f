/* The C programs beside this test, for what no API shows: what a person's store holds, which tokens
 * open which log, what the relay answers to bare frames, and whether a secret stands in its files or
 * its memory. They are built with the tests, in the build folder that the programs come from. */
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Proc, output } from './procs.mjs';

const PROGRAMS = {
    gates: 'e2e/e2e_gates', knock: 'e2e/e2e_knock', needles: 'seizure/seizure_needles', search: 'seizure/seizure_search',
};
const STORE = ['store.db', 'store.db-wal', 'store.key'];

const folderOf = (bin) => join(dirname(realpathSync(join(bin, 'sottod'))), '..', 'tests');

export const missingTools = (bin) => !existsSync(join(bin, 'sottod')) ? []
    : Object.values(PROGRAMS).map((p) => join(folderOf(bin), p)).filter((p) => !existsSync(p));

export class Tools {
    constructor(stage, bin) {
        Object.assign(this, { stage, bin, runs: 0 });
        this.path = Object.fromEntries(Object.entries(PROGRAMS).map(([name, p]) => [name, join(folderOf(bin), p)]));
    }

    log() {
        return this.stage.path(`tool-${++this.runs}.log`);
    }

    /* What a program prints about a copy of the store of a person whose agent does not run. */
    async aboutStore(program, person, passphrase) {
        const copy = this.stage.path(`copy-${++this.runs}`);
        mkdirSync(copy);
        STORE.filter((f) => existsSync(join(person.dir, f))).forEach((f) => copyFileSync(join(person.dir, f), join(copy, f)));
        const log = join(copy, 'log');
        const text = await output(program, [this.path[program], join(copy, 'store.db'), join(copy, 'store.key'), passphrase], { log, keep: Infinity });
        rmSync(copy, { recursive: true });
        return text.split('\n');
    }

    /** What opens the logs of a person's rooms: a list of {title, log, epoch, token, reader, n}. */
    async gates(person, passphrase) {
        return (await this.aboutStore('gates', person, passphrase)).map((line) => {
            const [title, log, epoch, token, reader, n] = line.split('\t');
            return { title, log, epoch: Number(epoch), token, reader, n: Number(n) };
        });
    }

    /** What a person's device knows and the relay must not: lines `label<TAB>hex`. */
    needles(person, passphrase) {
        return this.aboutStore('needles', person, passphrase);
    }

    /** Sends the relay bare frames (see knock.c): one list of words for each line that it printed. */
    async knock(port, commands) {
        const p = new Proc('knock', [this.path.knock, String(port)], { log: this.log(), stdin: `${commands.join('\n')}\n`, keep: Infinity });
        const how = await p.ended;
        if (how.code !== 0) {
            throw new Error(`knock ended with ${how.code}\n${p.tail()}`);
        }
        return p.lines.map((line) => line.split(' '));
    }

    /** Looks for needles (lines `label<TAB>hex`) in files or the memory of a process, which this process
     * started: so it may open that memory, as root or not, where the search itself perhaps may not. */
    async search(needles, { files = [], pid }) {
        const list = this.stage.path(`needles-${++this.runs}`);
        writeFileSync(list, needles.map((line) => `${line}\n`).join(''));
        const memory = pid === undefined ? undefined : openSync(`/proc/${pid}/mem`, 'r');
        const where = pid === undefined ? files : ['--opened', String(pid), '3', ...files];
        const p = new Proc('search', [this.path.search, list, ...where], { log: this.log(), keep: Infinity, open: memory });
        const how = await p.ended;
        rmSync(list);
        if (memory !== undefined) {
            closeSync(memory);
        }
        const sum = p.lines.map((line) => /^searched (\d+) needles in (\d+) bytes, (\d+) found$/.exec(line)).find(Boolean);
        if (!sum || how.code > 1) {
            throw new Error(`the search ended with ${how.code}\n${p.tail()}`);
        }
        const [, count, bytes, found] = sum.map(Number);
        return { count, bytes, found, finds: p.lines.filter((line) => line.startsWith('found: ')) };
    }

    /** The entries that the relay has not deleted, by its own exhibit: a list of {seq, data} (hex). */
    async entries(data) {
        const text = await output('exhibit', [join(this.bin, 'sottod'), 'exhibit', '--full', '--data', data], { log: '/dev/null', keep: Infinity });
        const table = /^== entry ==[^]*?(?=^== |(?![^]))/m.exec(text)?.[0];
        if (!table) {
            throw new Error('the exhibit has no table of entries');
        }
        return table.split('\n').filter((line) => / live=1 /.test(line)).map((line) => ({
            seq: Number(/ seq=(\d+)/.exec(line)[1]), data: /data=([0-9a-f]*)/.exec(line)[1],
        }));
    }
}

/** All files of the relay: its database and what lies beside it, and its log. */
export function relayFiles(relay) {
    const folder = dirname(relay.data);
    return readdirSync(folder).filter((f) => f.startsWith('relay.db') || f === 'sottod.log').map((f) => join(folder, f));
}
