import { useTranslation } from 'react-i18next';

export function WordMark(props: { readonly small?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="word-mark" data-small={props.small}>
      <img src="/palabre.svg" alt="" />
      {t('common.appName')}
    </span>
  );
}
