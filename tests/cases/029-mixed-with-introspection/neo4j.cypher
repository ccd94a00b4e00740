MATCH (v:PolicyVersion {id: 1}) WHERE v.epoch = $epoch WITH COUNT { MATCH (n1:Farm) WHERE n1.visibility IN $p1 } AS r0 MATCH (w:PolicyVersion {id: 1}) WHERE w.epoch = $epoch RETURN r0
