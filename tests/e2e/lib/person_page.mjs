/* What a person does in the page, for the end-to-end test: everything goes through the controls. */
import { openPage } from './browser.mjs';
import { patience } from './procs.mjs';

export class PersonPage {
    static async open(browser, person) {
        const opened = await openPage(browser, await person.link());
        await opened.page.waitForSelector('.sides');
        return new PersonPage(opened);
    }

    constructor({ page, context, problems }) {
        Object.assign(this, { page, context, problems });
    }

    /** Waits until agent and relay are there: what asks the relay is refused before, as the page says. */
    async ready() {
        await this.page.waitForSelector('.strip', { state: 'detached' });
    }

    async add(address) {
        await this.ready();
        await this.page.click('button[aria-label="New conversation"]');
        await this.page.fill('dialog input', address);
        await this.page.keyboard.press('Enter');
        await this.page.waitForSelector('dialog', { state: 'detached', timeout: 40_000 });
    }

    async open(title) {
        await this.page.click(`.entry:has(.entry-title:has-text("${title}"))`);
        await this.page.waitForSelector(`.head h1:has-text("${title}")`);
    }

    async accept(title) {
        await this.open(title);
        await this.page.click('.request button:text-is("Accept")');
        await this.page.waitForSelector('#composer');
    }

    async write(text) {
        await this.page.fill('#composer', text);
        await this.page.press('#composer', 'Enter');
    }

    /** The messages shown in the open conversation, long ones unfolded. */
    async texts() {
        for (const fold of await this.page.$$('.fold[aria-expanded="false"]')) {
            await fold.click();
        }
        return this.page.$$eval('.history .message .text', (all) => all.map((e) => e.textContent));
    }

    /** Waits until a message with this text is there; of a folded one, its beginning. */
    async sees(text, ms = 30_000) {
        await this.page.waitForFunction((wanted) => [...document.querySelectorAll('.history .message .text')].some((e) =>
            e.textContent === wanted || (e.textContent.endsWith('…') && wanted.startsWith(e.textContent.slice(0, -1)))),
        text, { timeout: ms * patience.factor });
    }

    async group(title, names) {
        await this.ready();
        await this.page.click('button[aria-label="New conversation"]');
        await this.page.click('dialog >> text=New group');
        await this.page.fill('dialog input[dir]', title);
        for (const name of names) {
            await this.page.click(`dialog .person:has-text("${name}")`);
        }
        await this.page.click('dialog >> text=Create group');
        await this.page.waitForSelector(`.head h1:has-text("${title}")`, { timeout: 40_000 });
    }

    async remove(name) {
        await this.ready();
        await this.page.keyboard.press('Alt+i');
        await this.page.click(`button[aria-label="Remove ${name}"]`);
        await this.page.click('.confirm button:text-is("Remove")');
        await this.page.waitForSelector(`.notice:has-text("You removed ${name}")`, { timeout: 40_000 });
        await this.page.keyboard.press('Alt+i');
    }
}
