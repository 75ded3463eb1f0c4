import type { ReactNode } from 'react';
import { useFocusOnArrival } from '../../ui/focus.ts';
import './ending.css';

/** A page with one thing to say and at most one thing to do. */
export function Message(props: {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly detail?: string;
  readonly action?: { readonly text: string; readonly run: () => void };
  readonly urgent?: boolean;
}) {
  // The screen has changed under the reader's hands: put them where it says what happened.
  const title = useFocusOnArrival<HTMLHeadingElement>();
  return (
    <main className="page" data-testid="ending">
      <div className="message" role={props.urgent === true ? 'alert' : undefined}>
        <span className="message-icon">{props.icon}</span>
        <h1 className="message-title focus-landing" tabIndex={-1} ref={title}>
          {props.title}
        </h1>
        <p className="message-text">{props.text}</p>
        {props.action !== undefined && (
          <button type="button" className="button button-primary" data-testid="again" onClick={props.action.run}>
            {props.action.text}
          </button>
        )}
        {props.detail !== undefined && <p className="message-detail">{props.detail}</p>}
      </div>
    </main>
  );
}
