@Backing(type="short") enum backing_types { A, B }
