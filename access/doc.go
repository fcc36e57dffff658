// SPDX-License-Identifier: Apache-2.0

// Package access is the algebra of scopes. It answers exactly, and with a shortest
// example, whether one set of permissions is inside another, whether two overlap,
// and what a change adds or removes. Start with Parse and Union; Included and
// Overlap ask the questions. The package enumerates no resources and asks no
// network.
//
// # Words and scopes
//
// A word is one concrete permission, segment{/segment}:verb, where a segment is
// one or more of A-Z a-z 0-9 . _ $ - and a verb one or more of the same without
// $. A scope is a pattern for a set of words, its language:
//
//	orders/carts:read        one word
//	orders/carts:read,write  two words
//	orders/*:read            "*" is any run of characters inside one segment
//	orders/**:*              a last "**" is one or more segments; verb "*" is any
//	**:*                     every word
//
// Segments are never empty, so the segment "*" is one or more characters, and
// the segment "a*" is "a" or longer.
//
// A [Set] is a boolean expression over unions of scopes. Sets are infinite but
// regular, hence every question about them is a question about emptiness:
//
//	a ⊆ b      ⇔  a − b = ∅       a counterexample is a word of a − b
//	a meets b  ⇔  a ∩ b ≠ ∅       an example is a word of a ∩ b
//
// # How emptiness is decided
//
// Let e be the expression. Some of its unions contain it: for a − b, those of a;
// for a ∩ b, those of either. Hence e is the union of e ∩ g over the scopes g of
// such a union, and its least word is the least of theirs. Each g is treated by
// itself, with ever more effort, and most need only the first.
//
//  1. Against one other scope p, g is inside, apart or neither, and a linear
//     scan tells which, exactly (see resourceShare). The three answers are the
//     truth values of Kleene's logic; if e has a definite value in it, g is
//     decided. A literal g with one verb always is.
//
//  2. The verbs split g into parts: one for each verb that g or a scope that
//     meets g names, and one for a verb that none of them names. In each part
//     only resources are left to look at.
//
//  3. The rest is a product of position automata, searched breadth-first
//     over the characters that occur and one that does not (see machine). The
//     first accepting state is reached by the least resource.
//
// Steps 1 and 2 take, per scope g, time linear in the text of the scopes whose
// literal beginnings agree with g's. Step 3 can be exponential: the question is
// complete for coNP, as segments that are "a", "b" or "*" say whether a formula
// in disjunctive normal form is always true, and as a least word is never longer
// than a polynomial, for in each segment every pattern passes each of its stars
// at most once. A budget of steps bounds the whole of an answer, and what does
// not end within it is answered as not proven, never wrongly.
package access
