import type { MinutesAction, MinutesBlock, MinutesSource, MinutesStatement } from '@palabre/protocol';
import { CalendarClock, UserRound } from 'lucide-react';
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './minutes.css';
import { useParticipants } from './use-participants.ts';

/** When something was said, and by whom. */
export type Moment = Pick<MinutesSource, 'name' | 'start_ms' | 'event_id'> & Partial<Pick<MinutesSource, 'end_ms'>>;

/** How minutes came about, in as many sentences as it takes. */
function Origin(props: { readonly block: MinutesBlock; readonly correctedSince: boolean }) {
  const { t } = useTranslation();
  const {
    method,
    model,
    operator,
    place,
    instead,
    left_out: leftOut,
    approved_by: approver,
    edited,
    shortened,
  } = props.block;
  const written =
    model === undefined
      ? t('results.byModelUnknown')
      : operator === undefined || place === undefined
        ? t('results.byModel', { model })
        : t('results.byModelOf', { model, operator, place });
  return (
    <div className="card-origin" data-testid="minutes-origin">
      {instead !== undefined && <p>{t(`results.instead.${instead}`)}</p>}
      <p>{method === 'extractive' ? t(edited ? 'results.extractiveEdited' : 'results.extractive') : written}</p>
      {method === 'model' && leftOut > 0 && <p>{t('results.leftOut', { count: leftOut })}</p>}
      {shortened === true && <p>{t('results.shortened')}</p>}
      {approver !== undefined && (
        <p title={approver.user_id}>
          {t(edited ? 'results.approvedEdited' : 'results.approved', { name: approver.name })}
        </p>
      )}
      {props.correctedSince && <p>{t('results.correctedSince')}</p>}
    </div>
  );
}

/** Minutes: who was there, what was decided, who does what, what stays open, each with its moment; or sentences that were chosen. */
export function Minutes(props: {
  readonly block: MinutesBlock;
  /** Their transcript was corrected after they were posted. */
  readonly correctedSince: boolean;
  /** Draws a moment, as the way to it where there is one. */
  readonly moment: (moment: Moment) => ReactNode;
}) {
  const { t } = useTranslation();
  const { block, moment } = props;
  const participants = useParticipants(block);
  const section = (
    name: 'purpose' | 'decisions' | 'actions' | 'questions',
    statements: readonly MinutesStatement[],
    detail: (index: number) => ReactNode = () => null,
  ) =>
    statements.length > 0 && (
      <section className="minutes-section" data-testid={`minutes-${name}`}>
        <h3>{t(`results.minutesSection.${name}`)}</h3>
        <ul className="minutes-points">
          {statements.map((statement, index) => (
            <li key={`${index}-${statement.text}`}>
              <p>{statement.text}</p>
              <div className="minutes-facts">
                {detail(index)}
                {statement.sources.map((source) => (
                  <Fragment key={`${source.start_ms}-${source.user_id}`}>{moment(source)}</Fragment>
                ))}
              </div>
            </li>
          ))}
        </ul>
      </section>
    );
  const actionFacts = ({ who, due }: MinutesAction) => (
    <>
      {who !== undefined && (
        <span className="minutes-fact">
          <UserRound size={14} aria-hidden="true" />
          <span className="visually-hidden">{t('results.who')}</span>
          {who}
        </span>
      )}
      {due !== undefined && (
        <span className="minutes-fact">
          <CalendarClock size={14} aria-hidden="true" />
          <span className="visually-hidden">{t('results.due')}</span>
          {due}
        </span>
      )}
    </>
  );
  const { purpose, decisions, actions, questions, extract } = block;
  const nothing =
    purpose === undefined && [decisions, actions, questions, extract].every((statements) => statements.length === 0);
  return (
    <>
      {participants.count > 0 && <p className="minutes-note">{t('results.participants', participants)}</p>}
      {section('purpose', purpose === undefined ? [] : [purpose])}
      {section('decisions', decisions)}
      {section('actions', actions, (index) => {
        const action = actions[index];
        return action === undefined ? null : actionFacts(action);
      })}
      {section('questions', questions)}
      {nothing && (
        <p className="minutes-note">{t(block.method === 'model' ? 'results.nothingFound' : 'results.noExtract')}</p>
      )}
      {extract.length > 0 && (
        <section className="minutes-section" data-testid="minutes-extract">
          <h3>{t('results.minutesSection.extract')}</h3>
          <ul className="minutes-points">
            {extract.map((line) => (
              <li key={`${line.start_ms}-${line.user_id}`}>
                <p>{line.text}</p>
                <div className="minutes-facts">
                  <span className="minutes-fact">{line.name}</span>
                  {moment(line)}
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Origin block={block} correctedSince={props.correctedSince} />
    </>
  );
}
