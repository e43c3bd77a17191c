// Nothing is declared.
package a;
