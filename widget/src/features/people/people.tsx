import { Ear, KeyRound, LockKeyhole, Mic, MicOff, Route, ShieldAlert, VideoOff, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import {
  panelToggled,
  selectNotKept,
  selectOperators,
  selectPeople,
  selectScribe,
  useAppDispatch,
  useAppSelector,
} from '../../store/index.ts';
import { encryptionOf, type EncryptionState, type Person } from '../../call/index.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { useFocusOnArrival } from '../../ui/focus.ts';
import { MyConsent } from '../consent/index.ts';
import { RaisedHands } from '../reactions/index.ts';
import { WaitingList } from './waiting-list.tsx';
import './people.css';

const ENCRYPTION_ICONS: Readonly<Record<EncryptionState, typeof LockKeyhole>> = {
  confirmed: LockKeyhole,
  encrypted: LockKeyhole,
  unconfirmed: ShieldAlert,
  undecryptable: KeyRound,
};

/** In an encrypted call: how it stands with this person's keys and device, in words. */
function Encryption({ person }: { person: Person }) {
  const { t } = useTranslation();
  const state = encryptionOf(person);
  const Icon = ENCRYPTION_ICONS[state];
  const text =
    state === 'undecryptable'
      ? t('stage.undecryptable')
      : t(state === 'unconfirmed' && person.self ? 'encryption.ownUnconfirmed' : `encryption.${state}`);
  return (
    <span className="person-detail person-encryption" data-encryption={state} title={text}>
      <Icon size={14} aria-hidden="true" />
      <span className="person-encryption-text">{text}</span>
    </span>
  );
}

function PersonRow({ person }: { person: Person }) {
  const { t } = useTranslation();
  const encrypted = useAppSelector((state) => state.call.encrypted);
  const notKept = useAppSelector((state) => selectNotKept(state, person.userId));
  const muted = person.microphone === undefined || person.microphone.muted;
  const withoutPicture = person.camera === undefined || person.camera.muted;
  return (
    <li className="person" data-testid="person" data-user-id={person.userId}>
      <Avatar userId={person.userId} name={person.name} size="small" />
      <span className="person-names">
        <span className="person-name">{person.self ? t('youName', { name: person.name }) : person.name}</span>
        {person.otherServer !== undefined && (
          <span className="person-detail">{t('people.from', { server: person.otherServer })}</span>
        )}
        {person.media !== 'here' && !person.self && <span className="person-detail">{t(`stage.${person.media}`)}</span>}
        {notKept !== undefined && <span className="person-detail">{t(`consent.mark.${notKept}`)}</span>}
        {encrypted && <Encryption person={person} />}
      </span>
      {withoutPicture && <VideoOff size={18} aria-label={t('people.cameraOff')} />}
      {muted ? (
        <MicOff size={18} aria-label={t('people.microphoneOff')} />
      ) : (
        <Mic size={18} aria-label={t('people.microphoneOn')} data-speaking={person.speaking} />
      )}
    </li>
  );
}

/** Who is here: beside the stage, or as a sheet from below on a phone. */
export default function People() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const people = useAppSelector(selectPeople);
  const scribe = useAppSelector(selectScribe);
  const encrypted = useAppSelector((state) => state.call.encrypted);
  const operators = useAppSelector(selectOperators).join(', ');
  const title = useFocusOnArrival<HTMLHeadingElement>();
  return (
    <aside className="panel" aria-labelledby="people-title">
      <div className="panel-head">
        <div>
          <h2 id="people-title" className="panel-title focus-landing" tabIndex={-1} ref={title}>
            {t('people.title')}
          </h2>
          <p className="panel-subtitle">{t('people.count', { count: people.length })}</p>
        </div>
        <button
          type="button"
          className="icon-button"
          aria-label={t('close')}
          onClick={() => dispatch(panelToggled('people'))}
        >
          <X size={20} aria-hidden="true" />
        </button>
      </div>
      <WaitingList />
      <RaisedHands />
      <div className="panel-body">
        <ul className="panel-list">
          {people.map((person) => (
            <PersonRow key={person.id} person={person} />
          ))}
        </ul>
        <MyConsent />
        {scribe !== undefined && (
          <p className="panel-note" data-testid="people-scribe">
            <Ear size={18} aria-hidden="true" />
            <span className="person-names">
              <span className="person-name">{scribe.name}</span>
              <span className="person-detail">{t('people.scribe')}</span>
              {encrypted && <Encryption person={scribe} />}
            </span>
          </p>
        )}
        {operators !== '' && (
          <p className="panel-note" data-testid="people-through">
            <Route size={18} aria-hidden="true" />
            <span className="person-detail">{t('top.throughLong', { operators })}</span>
          </p>
        )}
      </div>
    </aside>
  );
}
