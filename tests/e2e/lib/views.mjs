/* What a person's agent says, read through its API. */
import { eventually } from './procs.mjs';

/** A person's contact link, once the relay was reached. */
export const linkOf = (person) => eventually(`${person.name} has a link`, async () => (await person.call('account.me')).me.link);

/** One adds the other by link, who accepts; both without a page. */
export async function befriend(one, other) {
    await one.call('contact.add', { address: await linkOf(other) });
    const request = await eventually(`${other.name} gets the request`, () => conversationOf(other, one.name));
    await other.call('conversation.accept', { conversation: request.id });
    await eventually(`${one.name} knows it`, async () => (await conversationOf(one, other.name))?.state === 'open');
}

/** The conversation with this title, or null. */
export async function conversationOf(person, title) {
    const { conversations } = await person.call('conversation.list', { limit: 200 });
    return conversations.find((c) => c.title === title) ?? null;
}

/** All messages of a conversation, oldest first, without notices. */
export async function history(person, title) {
    const c = await conversationOf(person, title);
    if (!c) {
        throw new Error(`${person.name} has no conversation “${title}”`);
    }
    let all = [];
    for (let before; ;) {
        const page = await person.call('message.list', { conversation: c.id, limit: 200, ...(before === undefined ? {} : { before }) });
        all = [...page.messages, ...all];
        if (!page.more) {
            return all.filter((m) => m.notice === null);
        }
        before = page.messages[0].order;
    }
}

/** Long enough for what should not come to have come. */
export const quiet = () => new Promise((done) => setTimeout(done, 1500));
