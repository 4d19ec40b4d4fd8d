// Tables that sort by a click on a heading (up, down, as given), and show only rows that hold a word. Without it they
// are plain tables.
(function () {
  "use strict";

  function number(cell) {
    var value = cell.getAttribute("data-value");
    return value === null ? NaN : parseFloat(value);
  }

  function compare(column, sign) {
    return function (one, other) {
      var a = number(one.cells[column]);
      var b = number(other.cells[column]);
      if (!isNaN(a) && !isNaN(b)) return sign * (a - b);
      if (isNaN(a) !== isNaN(b)) return isNaN(a) ? 1 : -1;
      return sign * one.cells[column].textContent.localeCompare(other.cells[column].textContent);
    };
  }

  function sortable(table) {
    var body = table.tBodies[0];
    var headings = table.tHead.rows[0].cells;
    var given = Array.prototype.slice.call(body.rows);
    Array.prototype.forEach.call(headings, function (heading, column) {
      var button = document.createElement("button");
      button.type = "button";
      while (heading.firstChild) button.appendChild(heading.firstChild);
      heading.appendChild(button);
      button.addEventListener("click", function () {
        var next = { ascending: "descending", descending: "" };
        var way = heading.getAttribute("aria-sort");
        way = way === null ? "ascending" : next[way];
        Array.prototype.forEach.call(headings, function (one) { one.removeAttribute("aria-sort"); });
        if (way) heading.setAttribute("aria-sort", way);
        var rows = given.slice();
        if (way) rows.sort(compare(column, way === "ascending" ? 1 : -1));
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
  }

  function filterable(table) {
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);
    var label = document.createElement("label");
    var box = document.createElement("input");
    var told = document.createElement("span");
    label.className = "filter";
    box.setAttribute("aria-label", "Show rows with, " + table.parentNode.getAttribute("aria-label"));
    box.type = "search";
    told.setAttribute("role", "status");
    label.appendChild(document.createTextNode("Show rows with "));
    label.appendChild(box);
    label.appendChild(told);
    box.addEventListener("input", function () {
      var words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      var left = 0;
      rows.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        var kept = words.every(function (word) { return text.indexOf(word) >= 0; });
        row.hidden = !kept;
        if (kept) left += 1;
      });
      told.textContent = words.length ? " " + left + " of " + rows.length + " rows" : "";
    });
    table.parentNode.parentNode.insertBefore(label, table.parentNode);
  }

  Array.prototype.forEach.call(document.querySelectorAll("table.sheet"), function (table) {
    sortable(table);
    if (table.tBodies[0].rows.length > 8) filterable(table);
  });
})();
