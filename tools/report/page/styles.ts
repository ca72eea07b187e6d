// Style sheets, in the order in which they count.
import 'uplot/dist/uPlot.min.css';
import 'tabulator-tables/dist/css/tabulator_simple.min.css';
import './theme.css';
import './page.css';
import './tables.css';
import './parts.css';
import './parting.css';
