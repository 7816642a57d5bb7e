extension Rule {
    static let tooManySettings = Rule(
        "too-many-settings",
        .high,
        "The container has more settings of a kind than are judged.",
        remedy: "Look at the rest of the list by hand, and find out who wrote it: no program needs so many."
    ) { document in
        let lists = document.cutLists.map { list in
            let limit = ElementLimit.limit(of: list) ?? 0
            return Remark(.high, "Only the first \(limit) of \(list) were judged.", ["kind": .text(list)])
        }
        return lists + document.gaps.map(\.remark)
    }
}

extension ReferenceGap {
    fileprivate var remark: Remark {
        switch self {
        case .references(let most):
            Remark(
                .high,
                "Only the first \(most) of the containers, volumes and networks that it refers to were looked at.",
                ["kind": .text("references")]
            )
        case .paths:
            Remark(
                .high,
                "It names more paths of the host than are followed; links among the rest were not.",
                ["kind": .text("paths")]
            )
        case .name:
            Remark(
                .high,
                "It refers to a container by a name that no engine takes; what it refers to was not looked at.",
                ["kind": .text("names")]
            )
        }
    }
}
