/* The panel beside a conversation: who is in it, who is verified, and what can be changed. */
import { useState } from 'preact/hooks';
import type { Contact, Conversation, Member } from '../api/types';
import { LIMITS } from '../api/types';
import type { App } from '../model/app';
import type { State } from '../model/state';
import { plainName } from '../model/text';
import { ago } from '../model/time';
import { t } from '../strings';
import { AddPersonIcon, BlockIcon, CloseIcon, LeaveIcon, ShieldIcon, VerifiedIcon } from './icons';
import { Avatar, Confirm, Fingerprint, Name, Sure, VerifiedMark } from './parts';
import { useMembers } from './receipt';

interface Props {
    app: App;
    state: State;
    c: Conversation;
}

function Verification({ app, id, verified }: { app: App; id: string; verified: boolean }) {
    return (
        <section class={`card verification ${verified ? 'is-verified' : ''}`}>
            {verified ? <VerifiedIcon /> : <ShieldIcon />}
            <div>
                <h3>{verified ? t.verified : t.notVerified}</h3>
                <p>{verified ? t.verifiedText : t.notVerifiedText}</p>
            </div>
            <button type="button" class="button" onClick={() => app.open({ kind: 'safety', contact: id, alarm: null })}>
                {verified ? t.safetyNumber : t.compareNow}
            </button>
        </section>
    );
}

function Rename({ app, contact }: { app: App; contact: Contact }) {
    const [name, setName] = useState(contact.name);
    const save = (e: Event) => {
        e.preventDefault();
        if (name.trim() !== contact.name) {
            void app.rename(contact.id, name.trim());
        }
    };
    return (
        <form class="field" onSubmit={save}>
            <label for="rename">{t.name}</label>
            <input id="rename" value={name} maxLength={LIMITS.name_chars} dir="auto" autocomplete="off"
                onInput={(e) => setName(e.currentTarget.value)} onBlur={save} />
            <p class="hint">{t.nameHint}{contact.own_name && contact.own_name !== contact.name && ` ${t.ownName(plainName(contact.own_name))}.`}</p>
        </form>
    );
}

function Person({ app, state, c }: Props) {
    const contact = c.contact ? state.contacts[c.contact] : undefined;
    if (!contact) {
        return null;
    }
    return (
        <>
            <Verification app={app} id={contact.id} verified={contact.verified} />
            {contact.state !== 'stranger' && <Rename key={contact.name} app={app} contact={contact} />}
            <dl class="facts">
                {contact.handle && <><dt>{t.handle}</dt><dd>{contact.handle}</dd></>}
                <dt>{t.fingerprint}</dt><dd><Fingerprint text={contact.fingerprint} /></dd>
            </dl>
            {contact.blocked
                ? <button type="button" class="button" onClick={() => void app.block(contact.id, false)}>{t.unblock}</button>
                : <Confirm class="row row-danger" label={<><BlockIcon /> {t.block}</>} sentence={t.blockSure(plainName(contact.name))}
                    action={t.block} onConfirm={() => void app.block(contact.id, true)} />}
        </>
    );
}

function MemberRow({ app, state, c, m }: Props & { m: Member }) {
    const [removing, setRemoving] = useState(false);
    const mine = m.contact === state.me?.id;
    const can = c.role === 'admin' && c.state === 'open' && !mine;
    const note = m.state === 'invited' ? t.invited : m.state === 'leaving' ? t.leaving
        : m.role === 'admin' ? t.admin : m.last_heard && !mine ? t.lastHeard(ago(m.last_heard, app.now())) : '';
    return (
        <li class="person">
            <Avatar id={m.contact} name={m.name} size="small" />
            <span class="person-main">
                <span class="person-name">{mine ? t.you : <Name name={m.name} />}{m.verified && !mine && <VerifiedMark />}</span>
                {note && <span class="person-note">{note}</span>}
            </span>
            {!mine && (
                <span class="person-tools">
                    <button type="button" class="round" aria-label={t.safetyOf(plainName(m.name))} title={t.safetyOf(plainName(m.name))}
                        onClick={() => app.open({ kind: 'safety', contact: m.contact, alarm: null })}><ShieldIcon /></button>
                    {can && !removing && (
                        <button type="button" class="round" aria-label={t.removeMember(plainName(m.name))}
                            title={t.removeMember(plainName(m.name))} onClick={() => setRemoving(true)}><CloseIcon /></button>
                    )}
                </span>
            )}
            {removing && (
                <Sure sentence={t.removeSure(plainName(m.name))} action={t.remove} onNo={() => setRemoving(false)}
                    onYes={() => { setRemoving(false); void app.removeMember(c.id, m.contact); }} />
            )}
        </li>
    );
}

function Group({ app, state, c }: Props) {
    const members = useMembers(app, state, c.id);
    return (
        <>
            <section aria-label={t.members}>
                <h3 class="list-title">{t.members} <span class="count">{c.member_count}</span></h3>
                {c.role === 'admin' && c.state === 'open' && (
                    <button type="button" class="row" onClick={() => app.open({ kind: 'addMember', conversation: c.id })}>
                        <AddPersonIcon /> {t.addMember}
                    </button>
                )}
                <ul class="people">
                    {members.map((m) => <MemberRow key={m.contact} app={app} state={state} c={c} m={m} />)}
                </ul>
            </section>
            {c.state === 'open' && (
                <Confirm class="row row-danger" label={<><LeaveIcon /> {t.leave}</>} sentence={t.leaveSure} action={t.leave}
                    onConfirm={() => void app.leave(c.id)} />
            )}
        </>
    );
}

export function Details({ app, state, c }: Props) {
    return (
        <aside class="details" aria-label={t.details}>
            <header class="details-head">
                <button type="button" class="round" aria-label={t.close} onClick={() => app.details(false)}><CloseIcon /></button>
            </header>
            <div class="details-body">
                <div class="details-who">
                    <Avatar id={c.kind === 'direct' && c.contact ? c.contact : c.id} name={c.title} size="large" group={c.kind === 'group'} />
                    <h2><Name name={c.title} /></h2>
                </div>
                {c.kind === 'direct' ? <Person app={app} state={state} c={c} /> : <Group app={app} state={state} c={c} />}
            </div>
        </aside>
    );
}
