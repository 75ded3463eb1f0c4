import type { ReactNode } from 'react';

/** First line of a card: what it is, and its measure. */
export function CardHead(props: { readonly icon: ReactNode; readonly title: string; readonly detail?: string }) {
  return (
    <header className="card-head">
      <span className="card-icon" aria-hidden="true">
        {props.icon}
      </span>
      <div className="card-title">
        <h2>{props.title}</h2>
        {props.detail !== undefined && <p className="numbers">{props.detail}</p>}
      </div>
    </header>
  );
}
