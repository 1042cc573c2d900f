/* Times for people, in the language of strings.ts and the region of the browser. */
import { t } from '../strings';

function locale(): string {
    const languages = typeof navigator === 'undefined' ? [] : navigator.languages;
    return languages.find((l) => l === t.locale || l.startsWith(t.locale + '-')) ?? t.locale;
}

const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(), options);
const CLOCK = format({ hour: 'numeric', minute: '2-digit' });
const WEEKDAY = format({ weekday: 'long' });
const SHORT_WEEKDAY = format({ weekday: 'short' });
const DAY = format({ weekday: 'long', day: 'numeric', month: 'long' });
const DAY_YEAR = format({ day: 'numeric', month: 'long', year: 'numeric' });
const SHORT = format({ day: 'numeric', month: 'short' });
const SHORT_YEAR = format({ day: 'numeric', month: 'numeric', year: '2-digit' });
const FULL = format({ weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit' });
const AGO = new Intl.RelativeTimeFormat(t.locale, { numeric: 'auto' });
const AGO_SHORT = new Intl.RelativeTimeFormat(t.locale, { numeric: 'auto', style: 'short' });

/** Days between two times on the calendar of this machine. */
export function daysApart(a: number, b: number): number {
    const midnight = (x: number) => new Date(x).setHours(0, 0, 0, 0);
    return Math.round((midnight(b) - midnight(a)) / 86_400_000);
}

const upper = (s: string) => s.charAt(0).toLocaleUpperCase() + s.slice(1);

export const clock = (time: number) => CLOCK.format(time);
export const full = (time: number) => FULL.format(time);

/** A heading between days. */
export function dayLabel(time: number, now: number): string {
    const days = daysApart(time, now);
    if (days === 0 || days === 1) {
        return upper(AGO.format(-days, 'day'));
    }
    if (days > 1 && days < 7) {
        return WEEKDAY.format(time);
    }
    return new Date(time).getFullYear() === new Date(now).getFullYear() ? DAY.format(time) : DAY_YEAR.format(time);
}

/** Short, for lists: the hour today, then the weekday, then the date. */
export function listTime(time: number, now: number): string {
    const days = daysApart(time, now);
    if (days <= 0) {
        return CLOCK.format(time);
    }
    if (days < 7) {
        return SHORT_WEEKDAY.format(time);
    }
    return new Date(time).getFullYear() === new Date(now).getFullYear() ? SHORT.format(time) : SHORT_YEAR.format(time);
}

/** How long ago, roughly. */
export function ago(time: number, now: number): string {
    const minutes = Math.round((now - time) / 60_000);
    if (minutes < 60) {
        return minutes < 1 ? AGO.format(0, 'second') : AGO_SHORT.format(-minutes, 'minute');
    }
    if (minutes < 24 * 60) {
        return AGO_SHORT.format(-Math.round(minutes / 60), 'hour');
    }
    return AGO.format(-Math.round(minutes / 1440), 'day');
}
