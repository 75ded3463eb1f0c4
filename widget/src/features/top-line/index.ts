export { TopLine } from './top-line.tsx';
