/* Cases one after the other, told as TAP, so that tools/run-tests counts them. After a failure the
 * cases that build on it are not run, but they count as failed: a check that was not made is none. */
export class Tap {
    constructor(names) {
        this.names = names;
        this.done = 0;
        this.failed = 0;
        console.log(`TAP version 13\n1..${names.length}`);
    }

    async run(name, work) {
        if (this.names[this.done] !== name) {
            throw new Error(`the case “${name}” was not announced here`);
        }
        const n = ++this.done;
        if (this.failed > 0) {
            this.failed++;
            console.log(`not ok ${n} - ${name}\n# not reached`);
            return;
        }
        const start = Date.now();
        try {
            await work();
            console.log(`ok ${n} - ${name}\n# ${Date.now() - start} ms`);
        } catch (error) {
            this.failed++;
            console.log(`not ok ${n} - ${name}\n${String(error.stack ?? error).replace(/^/gm, '# ')}`);
        }
    }

    get good() {
        return this.failed === 0 && this.done === this.names.length;
    }
}
