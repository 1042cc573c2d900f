/* The dialogs that bring people together: a new conversation, a new group, a further member; and the
 * sheet of keyboard shortcuts. */
import { useState } from 'preact/hooks';
import type { Contact } from '../api/types';
import { LIMITS } from '../api/types';
import type { App } from '../model/app';
import type { State } from '../model/state';
import { address, plainName } from '../model/text';
import { t } from '../strings';
import { AddPersonIcon, CheckIcon, GroupIcon, QrIcon } from './icons';
import { Avatar, Modal, Name, Problem, VerifiedMark, useWork } from './parts';

interface Props {
    app: App;
    state: State;
}

function known(state: State, word: string): Contact[] {
    const w = word.trim().toLocaleLowerCase();
    return Object.values(state.contacts)
        .filter((c) => c.state !== 'stranger' && !c.blocked)
        .filter((c) => !w || c.name.toLocaleLowerCase().includes(w) || c.handle?.toLowerCase().includes(w))
        .sort((a, b) => a.name.localeCompare(b.name));
}

function PersonText({ c }: { c: Contact }) {
    return (
        <span class="person-main">
            <span class="person-name"><Name name={c.name} />{c.verified && <VerifiedMark />}</span>
            {c.handle && <span class="person-note">{c.handle}</span>}
        </span>
    );
}

/** Adds a link or a handle at once; used by the empty state too. */
export function AddField({ app, id }: { app: App; id: string }) {
    const [text, setText] = useState('');
    const work = useWork();
    const submit = (e: Event) => {
        e.preventDefault();
        if (text.trim()) {
            void work.run(() => app.addContact(text.trim()));
        }
    };
    return (
        <form onSubmit={submit}>
            <div class="with-button">
                <input id={id} value={text} aria-label={t.newField} placeholder="sotto:…" autocomplete="off" autocapitalize="off"
                    spellcheck={false} onInput={(e) => setText(e.currentTarget.value)} />
                <button type="submit" class="button button-main" disabled={!text.trim() || work.busy}>{t.add}</button>
            </div>
            {work.busy && <p class="hint" role="status">{t.adding}</p>}
            {work.problem && <Problem sentence={work.problem} />}
        </form>
    );
}

export function NewDialog({ app, state }: Props) {
    const [text, setText] = useState('');
    const work = useWork();
    const found = known(state, text);
    const target = address(text);
    const isLink = target !== null && /sotto:/i.test(target);
    const submit = (e: Event) => {
        e.preventDefault();
        if (target) {
            void work.run(() => app.addContact(target));
        } else if (found[0] && text.trim()) {
            void app.openDirect(found[0]);
        }
    };
    return (
        <Modal title={t.newConversation} onClose={() => app.open(null)}>
            <form onSubmit={submit}>
                <input class="wide" aria-label={t.newField} placeholder={t.newField} value={text} autocomplete="off" autocapitalize="off"
                    spellcheck={false} autofocus onInput={(e) => setText(e.currentTarget.value)} />
                {target && (
                    <button type="submit" class="row row-strong" disabled={work.busy}>
                        <AddPersonIcon /> {work.busy ? t.adding : isLink ? t.addLink : t.addThis(target)}
                    </button>
                )}
            </form>
            {work.problem && <Problem sentence={work.problem} />}
            {!text && (
                <>
                    <button type="button" class="row" onClick={() => app.open({ kind: 'group' })}><GroupIcon /> {t.newGroup}</button>
                    <button type="button" class="row" onClick={() => app.open({ kind: 'me' })}><QrIcon /> {t.meTitle}</button>
                </>
            )}
            {found.length > 0 && (
                <ul class="people scroll">
                    {found.map((c) => (
                        <li key={c.id}>
                            <button type="button" class="person person-button" onClick={() => void app.openDirect(c)}>
                                <Avatar id={c.id} name={c.name} size="small" /><PersonText c={c} />
                            </button>
                        </li>
                    ))}
                </ul>
            )}
            {found.length === 0 && !target && <p class="hint">{text ? t.newNoMatch : t.newNobody}</p>}
        </Modal>
    );
}

function Choice({ c, chosen, onToggle }: { c: Contact; chosen: boolean; onToggle(): void }) {
    return (
        <li>
            <label class="person person-button">
                <Avatar id={c.id} name={c.name} size="small" /><PersonText c={c} />
                <input type="checkbox" class="tick" checked={chosen} onChange={onToggle} aria-label={plainName(c.name)} />
                <span class="tick-shown"><CheckIcon /></span>
            </label>
        </li>
    );
}

export function GroupDialog({ app, state }: Props) {
    const [title, setTitle] = useState('');
    const [chosen, setChosen] = useState<string[]>([]);
    const work = useWork();
    const people = known(state, '');
    const toggle = (id: string) => setChosen(chosen.includes(id) ? chosen.filter((x) => x !== id) : [...chosen, id]);
    const submit = (e: Event) => {
        e.preventDefault();
        if (title.trim()) {
            void work.run(() => app.createGroup(title.trim(), chosen));
        }
    };
    return (
        <Modal title={t.newGroup} onClose={() => app.open(null)}>
            <form class="stack" onSubmit={submit}>
                <input class="wide" aria-label={t.groupTitle} placeholder={t.groupTitle} value={title} maxLength={LIMITS.title_chars}
                    dir="auto" autocomplete="off" autofocus onInput={(e) => setTitle(e.currentTarget.value)} />
                <fieldset>
                    <legend>{t.groupWho}</legend>
                    {people.length === 0 && <p class="hint">{t.groupNobody}</p>}
                    <ul class="people scroll">
                        {people.map((c) => <Choice key={c.id} c={c} chosen={chosen.includes(c.id)} onToggle={() => toggle(c.id)} />)}
                    </ul>
                </fieldset>
                {work.problem && <Problem sentence={work.problem} />}
                <div class="buttons">
                    <span class="hint grow" role="status">{work.busy ? t.adding : t.groupChosen(chosen.length)}</span>
                    <button type="submit" class="button button-main" disabled={!title.trim() || work.busy}>{t.groupCreate}</button>
                </div>
            </form>
        </Modal>
    );
}

export function AddMemberDialog({ app, state, conversation }: Props & { conversation: string }) {
    const [word, setWord] = useState('');
    const work = useWork();
    const c = state.conversations[conversation];
    if (!c) {
        return null;
    }
    const there = new Set(c.members.map((m) => m.contact));
    const people = known(state, word).filter((p) => !there.has(p.id));
    return (
        <Modal title={t.addMemberTitle(plainName(c.title))} onClose={() => app.open(null)}>
            <input class="wide" aria-label={t.filter} placeholder={t.filter} value={word} autocomplete="off" autofocus
                onInput={(e) => setWord(e.currentTarget.value)} />
            {work.problem && <Problem sentence={work.problem} />}
            {work.busy && <p class="hint" role="status">{t.adding}</p>}
            {people.length === 0 && <p class="hint">{word ? t.filterNone(word) : t.addMemberNobody}</p>}
            <ul class="people scroll">
                {people.map((p) => (
                    <li key={p.id}>
                        <button type="button" class="person person-button" disabled={work.busy}
                            onClick={() => void work.run(() => app.addMember(conversation, p.id))}>
                            <Avatar id={p.id} name={p.name} size="small" /><PersonText c={p} />
                        </button>
                    </li>
                ))}
            </ul>
        </Modal>
    );
}

const KEYS: [string[], string][] = [
    [['Ctrl', 'K'], t.keys.search], [['Alt', 'N'], t.keys.create],
    [['Alt', '↓'], t.keys.next], [['Alt', '↑'], t.keys.previous],
    [['Alt', 'C'], t.keys.composer], [['Alt', 'I'], t.keys.details],
    [['Alt', 'M'], t.keys.me], [['Ctrl', '/'], t.keys.help],
    [['↑', '↓'], t.keys.arrows], [['Enter'], t.keys.enter],
    [['Shift', 'Enter'], t.keys.newline], [['Esc'], t.keys.escape],
];

export function HelpDialog({ app }: { app: App }) {
    return (
        <Modal title={t.help} onClose={() => app.open(null)}>
            <dl class="keys">
                {KEYS.map(([keys, what]) => (
                    <div key={what}>
                        <dt>{keys.map((k) => <kbd key={k}>{k}</kbd>)}</dt>
                        <dd>{what}</dd>
                    </div>
                ))}
            </dl>
        </Modal>
    );
}
