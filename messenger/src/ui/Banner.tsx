import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import './banner.css';

const ICONS = { info: Info, warning: TriangleAlert, error: CircleAlert } as const;

/** A line that says something about what is below it, with what can be done. */
export function Banner(props: {
  readonly tone: 'info' | 'warning' | 'error';
  readonly children: ReactNode;
  readonly action?: ReactNode;
}) {
  const Icon = ICONS[props.tone];
  return (
    <div className="banner" data-tone={props.tone} role={props.tone === 'error' ? 'alert' : 'status'}>
      <Icon size={18} aria-hidden="true" />
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}

/** Something is under way. */
export function Spinner(props: { readonly label: string }) {
  return (
    <div className="spinner" role="status">
      <span className="spinner-ring" aria-hidden="true" />
      <span>{props.label}</span>
    </div>
  );
}
