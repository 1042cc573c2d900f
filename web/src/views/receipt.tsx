/* How far a message of mine has come: an icon, its words, and the dialog that names who. */
import { useEffect, useState } from 'preact/hooks';
import type { Member, Message } from '../api/types';
import type { App } from '../model/app';
import { progress, recipients, type Progress, type Step } from '../model/select';
import type { State } from '../model/state';
import { full } from '../model/time';
import { t } from '../strings';
import { AlertIcon, CheckIcon, ChecksIcon, ClockIcon } from './icons';
import { Avatar, Modal, Name } from './parts';

const LABEL: Record<Step, string> = {
    waiting: t.waiting, sent: t.sent, delivered: t.delivered, read: t.read, failed: t.failed,
};

const ICON = { waiting: ClockIcon, sent: CheckIcon, delivered: ChecksIcon, read: ChecksIcon, failed: AlertIcon };

export function StateIcon({ step }: { step: Step }) {
    const Shape = ICON[step];
    return <span class={`step step-${step}`} role="img" aria-label={LABEL[step]}><Shape /></span>;
}

export function stepOf(message: Message, members: Member[], me: string): Step {
    return progress(message, members, me).step;
}

/** The state in words, with numbers where it is true for some only. */
export function progressText(p: Progress): string {
    switch (p.step) {
        case 'waiting': return t.stateWaiting;
        case 'failed': return t.failed;
        case 'read': return p.of > 1 ? t.stateRead : t.read;
        case 'delivered': return p.read > 0 ? t.stateReadSome(p.read, p.of) : p.of > 1 ? t.stateDelivered : t.delivered;
        case 'sent': return p.read > 0 ? t.stateReadSome(p.read, p.of)
            : p.delivered > 0 ? t.stateDeliveredSome(p.delivered, p.of) : t.stateSent;
    }
}

function People({ title, step, list }: { title: string; step: Step; list: Member[] }) {
    if (list.length === 0) {
        return null;
    }
    return (
        <section class="receipt-group">
            <h3><StateIcon step={step} /> {title} <span class="count">{list.length}</span></h3>
            <ul class="people">
                {list.map((m) => (
                    <li key={m.contact} class="person">
                        <Avatar id={m.contact} name={m.name} size="small" /><span class="person-name"><Name name={m.name} /></span>
                    </li>
                ))}
            </ul>
        </section>
    );
}

/** All members: those that came with the conversation, or, of a large group, page by page. */
export function useMembers(app: App, state: State, id: string): Member[] {
    const c = state.conversations[id];
    const [more, setMore] = useState<Member[] | null>(null);
    const count = c?.member_count ?? 0;
    const inline = c?.members ?? [];
    useEffect(() => {
        setMore(null);
        let wanted = count > inline.length;
        const fetchAll = async () => {
            const all: Member[] = [];
            for (let after: string | null = null; wanted;) {
                const page: { members: Member[]; next: string | null } = await app.members(id, after);
                all.push(...page.members);
                after = page.next;
                wanted = wanted && after !== null;
                setMore([...all]);
            }
        };
        fetchAll().catch((error) => app.fail(error));
        return () => { wanted = false; };
    }, [id, count]);
    return more && more.length > inline.length ? more : inline;
}

export function Receipts({ app, state, conversation, message }: { app: App; state: State; conversation: string; message: string }) {
    const members = useMembers(app, state, conversation);
    const me = state.me?.id ?? '';
    const m = state.histories[conversation]?.messages.find((x) => x.id === message);
    if (!m) {
        return null;
    }
    const order = m.order ?? 0;
    const to = recipients(m, members, me);
    const large = members.length > 32;
    return (
        <Modal title={t.receipts} onClose={() => app.open(null)}>
            <p class="quote" dir="auto">{m.text.slice(0, 200)}</p>
            <p class="faint">{t.receiptsTime(full(m.time))}</p>
            {large ? <p>{t.receiptsOff}</p> : <>
                <People title={t.receiptsRead} step="read" list={to.filter((x) => x.read >= order)} />
                <People title={t.receiptsDelivered} step="delivered" list={to.filter((x) => x.read < order && x.delivered >= order)} />
                <People title={t.receiptsSent} step="sent" list={to.filter((x) => x.delivered < order)} />
                {to.length === 0 && <p>{order === 0 ? t.stateWaiting : t.receiptsNobody}</p>}
            </>}
        </Modal>
    );
}
