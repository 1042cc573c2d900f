/* People and conversations for the mock agent: enough of everything that the page must show. Times
 * are minutes before the start. */
import { createHash } from 'node:crypto';
import qrcode from 'qrcode-generator';

const MINUTE = 60_000;
const hash = (text) => createHash('sha256').update(text).digest();

export function qr(text, level = 'L') {
    const code = qrcode(0, level);
    code.addData(text, 'Byte');
    code.make();
    const size = code.getModuleCount();
    const rows = Array.from({ length: size }, (_, y) =>
        Array.from({ length: size }, (_, x) => (code.isDark(y, x) ? '1' : '0')).join(''));
    return { size, rows };
}

export const fingerprint = (id) => hash(`identity ${id}`).toString('hex').match(/.{4}/g).join(' ');

export function link(id) {
    const secret = ['mailbox', 'door', 'shelf', 'shelf token', 'shelf key', 'identity']
        .map((part) => hash(`${part} ${id}`).toString('base64url')).join('');
    return `sotto:relay.example/${secret}`;
}

export function safety(a, b) {
    let digits = '';
    for (let i = 0; digits.length < 60; i++) {
        digits += (hash([a, b].sort().join() + i).readUInt32BE(0) % 100000).toString().padStart(5, '0');
    }
    return digits;
}

export function person(id, name, more = {}) {
    return {
        id, name, own_name: name, handle: null, fingerprint: fingerprint(id), state: 'connected',
        verified: false, blocked: false, conversation: null, last_heard: null, ...more,
    };
}

const LONG = Array.from({ length: 60 }, (_, i) => `${i + 1}. ${[
    'The relay keeps one kind of thing, an append-only log of entries that it cannot open.',
    'Whoever presents the token of the current epoch may read and append, and nobody else.',
    'There are no accounts in it, no list of members, no names of senders.',
    'What was delivered to every device is deleted, and the file that held it is overwritten.',
][i % 4]} Members derive the next token from the group itself, so that membership is the access.`).join('\n');

/* [sender, minutes ago, text] */
const BEN = [
    ['p-ben', 60 * 27, 'Did the train leave on time?'],
    ['me', 60 * 27 - 2, 'Four minutes late, and nobody minded.'],
    ['me', 60 * 27 - 3, 'There was snow as far as Turku.'],
    ['p-ben', 60 * 26, 'Good. Bring some of it.'],
    ['me', 190, 'I am reading the notes you left. The part about the cursors is the clearest I have seen.'],
    ['p-ben', 184, 'It took three attempts. The trick was to stop drawing it.'],
    ['p-ben', 183, 'Here is the paper I mentioned: https://www.rfc-editor.org/rfc/rfc9420.html (section 12 is the one).'],
    ['me', 60, LONG],
    ['p-ben', 52, 'That is a lot of text for a Tuesday.'],
    ['p-ben', 51, 'هل ترى هذا النص من اليمين إلى اليسار؟'],
    ['me', 34, '👍'],
    ['p-ben', 12, 'Shall we meet at the harbour at six? I have the key to the boat house, and Noor brings soup.'],
    ['me', 9, 'Yes. I will be there a little before.'],
];

const GROUP = [
    ['p-noor', 60 * 49, 'The hall is ours on Saturday, from ten.'],
    ['p-ben', 60 * 49 - 4, 'I can bring the long table.'],
    ['me', 60 * 48, 'And I the lamps. Who knows how many we are?'],
    ['p-ines', 60 * 47, 'Nineteen so far. Peut-être vingt.'],
    ['p-noor', 95, 'Twenty-two now. My cousins heard of the soup.'],
    ['p-noor', 94, 'Is anybody against two pots?'],
    ['p-ben', 90, 'Nobody has ever been against two pots.'],
    ['p-ines', 71, 'J’apporte le pain, et du beurre salé.'],
    ['me', 25, 'Lovely. Then everything is thought of, I believe.'],
    ['me', 24, 'I will write the list on the door.'],
];

const INES = [
    ['p-ines', 60 * 74, 'Bonjour ! Tu as bien reçu le colis ?'],
    ['me', 60 * 73, 'Oui, merci mille fois. The jam survived.'],
    ['p-ines', 60 * 72, 'Ouf.'],
    ['p-ines', 130, 'On se voit samedi alors'],
    ['p-ines', 129, 'Et dis à Ben de ne pas oublier la table 🙂'],
];

const OLD = Array.from({ length: 600 }, (_, i) => [i % 3 === 0 ? 'me' : 'p-vera', 60 * 24 * 40 - i * 43, [
    'Day log, page ' + (i + 1) + '.', 'Wind from the west, little of it.',
    'Repaired the gate again. It will hold until spring, or it will not.',
    'Two letters came, one of them for us.'][i % 4]]);

export function seed(agent) {
    const now = agent.now();
    for (const p of [
        person('p-ben', 'Ben Aalto', { handle: 'ben@relay.example', verified: true, last_heard: now - 12 * MINUTE }),
        person('p-noor', 'Noor Haddad', { handle: 'noor@relay.example', verified: true, last_heard: now - 71 * MINUTE }),
        person('p-ines', 'Inès Morel', { handle: 'ines@relay.example', last_heard: now - 129 * MINUTE }),
        person('p-vera', 'Vera Lindqvist', { last_heard: now - 60 * 24 * 22 * MINUTE }),
        person('p-tomas', 'Tomás Quintela', { state: 'invited' }),
        person('p-dora', 'Dora Kessler', { state: 'stranger', last_heard: now - 31 * MINUTE }),
    ]) {
        agent.contacts.set(p.id, p);
    }
    const direct = (id, history, more) => {
        const c = agent.makeConversation('direct', agent.contacts.get(id).name, ['me', id], { contact: id, ...more });
        agent.contacts.get(id).conversation = c.id;
        history.forEach(([sender, ago, text]) => agent.put(c, sender, text, now - ago * MINUTE));
        return c;
    };
    const vera = direct('p-vera', OLD);
    agent.mark(vera, 'p-vera', 9e9, 9e9);
    const ines = direct('p-ines', INES);
    agent.mark(ines, 'p-ines', 9e9, 9e9);
    ines.unread = 2;
    ines.read = ines.messages[2].order;
    const tomas = direct('p-tomas', [['me', 300, 'Tomás, it is Ada. This is where I am now.']], { state: 'pending' });
    tomas.last_heard = null;
    const group = agent.makeConversation('group', 'Harvest supper', ['me', 'p-ben', 'p-noor', 'p-ines']);
    agent.notice(group, { code: 'created', by: 'me' }, now - 60 * 50 * MINUTE);
    agent.notice(group, { code: 'added', by: 'me', who: 'p-ines' }, now - 60 * 48.5 * MINUTE);
    GROUP.forEach(([sender, ago, text]) => agent.put(group, sender, text, now - ago * MINUTE));
    const orders = group.messages.map((m) => m.order);
    agent.mark(group, 'p-ben', orders.at(-1), orders.at(-1));
    agent.mark(group, 'p-noor', orders.at(-1), orders.at(-3));
    agent.mark(group, 'p-ines', orders.at(-2), orders.at(-3));
    const ben = direct('p-ben', BEN);
    agent.mark(ben, 'p-ben', 9e9, 9e9);
    const dora = direct('p-dora', [
        ['p-dora', 33, 'Hello Ada, Noor gave me your link. I keep the bees behind the hall.'],
        ['p-dora', 31, 'May I bring honey on Saturday? More about them here: https://bees.example/hall'],
    ], { state: 'request' });
    dora.unread = 2;
}
