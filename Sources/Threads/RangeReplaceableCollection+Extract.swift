extension RangeReplaceableCollection {
    /// Takes out the elements that `selects` names; the others stay in their order.
    public mutating func extract(where selects: (Element) -> Bool) -> [Element] {
        var extracted: [Element] = []
        removeAll { element in
            let isSelected = selects(element)
            if isSelected { extracted.append(element) }
            return isSelected
        }
        return extracted
    }
}
