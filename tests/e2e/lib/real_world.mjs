/* The world of the end-to-end test in real processes: one `sottod`, and a `sotto` for each person.
 * The only file that knows their command lines. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort, output } from './procs.mjs';
import { Rpc } from './rpc.mjs';
import { Tools } from './tools.mjs';

export const PASSPHRASE = 'correct horse battery staple';
const PAGE = fileURLToPath(new URL('../../../web/dist', import.meta.url));

export const missing = (bin) => [
    ...['sottod', 'sotto'].map((p) => join(bin, p)), join(PAGE, 'index.html'),
].filter((p) => !existsSync(p));

class Relay {
    constructor(stage, bin, port) {
        Object.assign(this, { stage, bin, port, proc: null });
        this.data = stage.path('relay.db');
        this.url = `ws://127.0.0.1:${port}`;
        this.name = `127.0.0.1:${port}`;
    }

    async start() {
        this.proc = this.stage.start('sottod', [join(this.bin, 'sottod'), '--data', this.data, '--listen', this.name]);
        await this.proc.said(/event=ready/);
    }

    stop(signal = 'SIGTERM') {
        return this.proc.end(signal);
    }

    kill() {
        return this.stop('SIGKILL');
    }
}

class Person {
    constructor(world, name) {
        Object.assign(this, { world, name, proc: null, rpc: null, port: 0, faults: [] });
        this.dir = world.stage.path(name.toLowerCase());
    }

    words(command, ...more) {
        return [join(this.world.bin, 'sotto'), command, '--dir', this.dir, '--passphrase-fd', '3', ...more];
    }

    async init() {
        this.port = await freePort();
        await output(`${this.name} init`, this.words('init', '--name', this.name, '--relay', this.world.relay.url),
            { input: `${PASSPHRASE}\n`, log: this.world.stage.path(`${this.name}-init.log`) });
    }

    async start() {
        this.proc = this.world.stage.start(this.name, this.words('run', '--port', String(this.port), '--web', PAGE),
            { input: `${PASSPHRASE}\n` });
        this.rpc = await eventually(`${this.name}'s agent answers`, () => {
            if (!this.proc.running) {
                throw new Error(this.proc.tail());
            }
            return Rpc.open(join(this.dir, 'agent.sock'));
        });
        this.faults = this.rpc.faults;
    }

    call(method, params) {
        return this.rpc.call(method, params);
    }

    async link() {
        return (await this.call('session.link')).link;
    }

    async stop(signal = 'SIGTERM') {
        this.rpc.close();
        return this.proc.end(signal);
    }

    kill() {
        return this.stop('SIGKILL');
    }

    /** What opens the logs of this person's rooms, as Tools.gates(); the agent must not run. */
    gates() {
        return this.world.tools.gates(this, PASSPHRASE);
    }

    /** Adds what this person's device knows now to what the relay must not know; the agent must not run. */
    async remember() {
        (await this.world.tools.needles(this, PASSPHRASE)).forEach((line) => this.world.needles.add(line));
    }
}

export class RealWorld {
    static async make(stage, bin) {
        const world = new RealWorld();
        Object.assign(world, { stage, bin, tools: new Tools(stage, bin), needles: new Set() });
        world.relay = new Relay(stage, bin, await freePort());
        await world.relay.start();
        return world;
    }

    /** A new person with a running agent. */
    async person(name) {
        const p = new Person(this, name);
        await p.init();
        await p.start();
        return p;
    }
}
