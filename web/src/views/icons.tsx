/* Icons, drawn on a grid of 24 with one line width. They never carry meaning alone: whoever uses one
 * gives a label beside it or in aria-label. */
import type { ComponentChildren } from 'preact';

function Icon({ children, fill }: { children: ComponentChildren; fill?: boolean }) {
    return (
        <svg class={fill ? 'icon icon-fill' : 'icon'} viewBox="0 0 24 24" aria-hidden="true">{children}</svg>
    );
}

export const PenIcon = () => <Icon><path d="M4 20h4L19 9l-4-4L4 16z M13 7l4 4" /></Icon>;
export const SearchIcon = () => <Icon><circle cx="11" cy="11" r="6.5" /><path d="M16 16l4.5 4.5" /></Icon>;
export const BackIcon = () => <Icon><path d="M15 5l-7 7 7 7" /></Icon>;
export const CloseIcon = () => <Icon><path d="M6 6l12 12M18 6L6 18" /></Icon>;
export const DownIcon = () => <Icon><path d="M12 5v14M6 13l6 6 6-6" /></Icon>;
export const SendIcon = () => <Icon><path d="M12 19V5M5.5 11.500L12 5l6.5 6.5" /></Icon>;
export const CopyIcon = () => <Icon><rect x="9" y="9" width="11" height="11" rx="2.5" /><path d="M15 9V6.500A2.5 2.5 0 0 0 12.5 4h-6A2.5 2.5 0 0 0 4 6.500v6A2.5 2.5 0 0 0 6.5 15H9" /></Icon>;
export const CheckIcon = () => <Icon><path d="M5 12.500l4.5 4.500L19 7.5" /></Icon>;
export const ChecksIcon = () => <Icon><path d="M2.5 12.500L7 17l9-9.500M12 16.500l.5.5 9-9.5" /></Icon>;
export const ClockIcon = () => <Icon><circle cx="12" cy="12" r="8" /><path d="M12 7.500V12l3 2" /></Icon>;
export const AlertIcon = () => <Icon><path d="M12 4L2.8 19.500h18.400zM12 10v4.500M12 17v.1" /></Icon>;
export const ShieldIcon = () => <Icon><path d="M12 3l7 2.800v5.400c0 4.6-2.9 8-7 9.8-4.1-1.8-7-5.2-7-9.800V5.800z" /></Icon>;
export const VerifiedIcon = () => (
    <Icon>
        <path d="M12 3l7 2.800v5.400c0 4.6-2.9 8-7 9.8-4.1-1.8-7-5.2-7-9.800V5.800z" />
        <path d="M8.8 12l2.3 2.3 4.2-4.5" />
    </Icon>
);
export const GroupIcon = () => <Icon><circle cx="9" cy="9" r="3.5" /><path d="M2.5 19.500c.6-3.3 3.2-5 6.5-5s5.9 1.7 6.5 5M15.5 5.800a3.5 3.5 0 0 1 0 6.400M18 15c2 .7 3.2 2.2 3.5 4.5" /></Icon>;
export const AddPersonIcon = () => <Icon><circle cx="10" cy="8.5" r="3.5" /><path d="M3.5 19.500c.6-3.3 3.2-5 6.5-5s5.9 1.7 6.5 5M19 7v6M16 10h6" /></Icon>;
export const QrIcon = () => <Icon><rect x="4" y="4" width="6" height="6" rx="1" /><rect x="14" y="4" width="6" height="6" rx="1" /><rect x="4" y="14" width="6" height="6" rx="1" /><path d="M14 14h2.500v2.500M20 14v6h-3.500M14 20v.1" /></Icon>;
export const InfoIcon = () => <Icon><circle cx="12" cy="12" r="8.5" /><path d="M12 11v5.500M12 7.500v.1" /></Icon>;
export const PanelIcon = () => <Icon><rect x="3.5" y="5" width="17" height="14" rx="2.5" /><path d="M14.5 5v14" /></Icon>;
export const OfflineIcon = () => <Icon><path d="M4 4l16 16M8.5 16.200a5 5 0 0 1 6.6-.2M5 12.600a10 10 0 0 1 4-2.300M19 12.600a10 10 0 0 0-5.6-2.800M2 9a14.5 14.5 0 0 1 4.3-2.800M22 9a14.5 14.5 0 0 0-11-3.900M12 19.500v.1" /></Icon>;
export const LockIcon = () => <Icon><rect x="5" y="10.5" width="14" height="9.5" rx="2.5" /><path d="M8.5 10.500V8a3.5 3.5 0 0 1 7 0v2.5" /></Icon>;
export const KeyboardIcon = () => <Icon><rect x="2.5" y="6" width="19" height="12" rx="2.5" /><path d="M6.5 10v.1M10 10v.1M14 10v.1M17.5 10v.1M8 14.300h8" /></Icon>;
export const LeaveIcon = () => <Icon><path d="M10 4.500H7A2.5 2.5 0 0 0 4.5 7v10A2.5 2.5 0 0 0 7 19.500h3M10.5 12H20M16.5 8.500L20 12l-3.5 3.5" /></Icon>;
export const BlockIcon = () => <Icon><circle cx="12" cy="12" r="8.5" /><path d="M6 6l12 12" /></Icon>;
