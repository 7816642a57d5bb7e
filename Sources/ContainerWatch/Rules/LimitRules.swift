extension Rule {
    static let tooManySettings = Rule(
        "too-many-settings",
        .high,
        "The container has more settings of a kind than are judged.",
        remedy: "Look at the rest of the list by hand, and find out who wrote it: no program needs so many."
    ) { document in
        document.cutLists.map { list in
            let limit = ElementLimit.limit(of: list) ?? 0
            return Remark(.high, "Only the first \(limit) of \(list) were judged.", ["kind": .text(list)])
        }
    }
}
