/* Lines that nobody wrote: what happened in a group. */
import type { Notice } from '../api/types';
import { plainName } from '../model/text';
import { t } from '../strings';

/** The sentence of a notice, in the page's language when it knows the code. */
export function noticeText(n: Notice, me: string): string {
    const by = n.by === me ? t.you : plainName(n.by_name);
    const who = n.who === me ? t.you : plainName(n.who_name);
    const object = n.who === me ? t.youLower : who;
    switch (n.code) {
        case 'created': return t.notice.created(by);
        case 'added': return t.notice.added(by, object);
        case 'removed': return t.notice.removed(by, object);
        case 'joined': return t.notice.joined(who || by);
        case 'left': return t.notice.left(who || by);
        case 'accepted': return t.notice.accepted(who || by);
        case 'verified': return t.notice.verified(who);
        case 'unverified': return t.notice.unverified(who);
        case 'expired': return t.notice.expired;
        case 'other': return n.sentence;
    }
}
